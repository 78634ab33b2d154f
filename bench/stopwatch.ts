/** Time on the processor: that of all threads of the process, so that others on the machine do not count. */

/** Starts a watch that tells the seconds of processor time spent since. */
export function startWatch(): () => number {
  const before = process.cpuUsage();
  return () => {
    const { user, system } = process.cpuUsage(before);
    return (user + system) / 1e6;
  };
}
