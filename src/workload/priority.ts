/** Priority classes, by tier or by recorded request: 0 is the most important, and this the least. */
export const LAST_PRIORITY = 99;
