/** How threads of a pool load what they run. It knows Node and Piscina, and nothing of what is run. */

/**
 * Options of a thread that loads modules by `import`. Piscina tries `require` first, which loads modules too, and a thread
 * that is ended in the middle of that takes the whole process with it (seen with Node 20.20: `IsGraphAsync must be used on
 * an instantiated module`).
 */
export const BY_IMPORT: readonly string[] = ['--no-experimental-require-module'];
