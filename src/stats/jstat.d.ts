/** The part of jstat that is used here; the package carries no types. */
declare module 'jstat' {
  interface Continuous2 {
    cdf(x: number, a: number, b: number): number;
  }
  interface Continuous1 {
    cdf(x: number, df: number): number;
    inv(p: number, df: number): number;
  }
  const jStat: {
    readonly studentt: Continuous1;
    readonly chisquare: Continuous1;
    /** Shape, then scale. */
    readonly gamma: Continuous2;
    /** Mean, then standard deviation. */
    readonly normal: Continuous2;
  };
  export default jStat;
}
