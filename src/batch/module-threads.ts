/** How threads of a pool load the code they run. It knows Node and Piscina, and not the code. */

/**
 * Options of a thread that loads modules by `import`. Piscina tries `require` first, which loads ES modules too, and a
 * thread that is terminated in the middle of that crashes the whole process (seen with Node 20.20: `IsGraphAsync must
 * be used on an instantiated module`).
 */
export const BY_IMPORT: readonly string[] = ['--no-experimental-require-module'];
