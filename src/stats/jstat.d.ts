/** The part of jstat that is used here; the package carries no types. */
declare module 'jstat' {
  interface Continuous2 {
    cdf(x: number, a: number, b: number): number;
  }
  interface Continuous1 {
    cdf(x: number, df: number): number;
    inv(p: number, df: number): number;
  }
  interface Invertible2 extends Continuous2 {
    inv(p: number, a: number, b: number): number;
  }
  const jStat: {
    readonly studentt: Continuous1;
    readonly chisquare: Continuous1;
    /** Shape, then scale. */
    readonly gamma: Continuous2;
    /** Mean, then standard deviation. */
    readonly normal: Invertible2;
    /** The two shapes. */
    readonly beta: Invertible2;
  };
  export default jStat;
}
