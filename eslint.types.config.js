/**
 * The rules that need types, for src: what a compiler allows and is a fault. They take 77 s of processor time (2026-11-30), so
 * `npm run check:full` runs them and `npm run check` does not.
 */
import tseslint from 'typescript-eslint';

export default tseslint.config({
  files: ['src/**/*.ts'],
  ignores: ['src/**/*.d.ts'],
  extends: [tseslint.configs.base],
  linterOptions: { reportUnusedDisableDirectives: 'off' },
  languageOptions: {
    parserOptions: { project: './tsconfig.build.json', tsconfigRootDir: import.meta.dirname },
  },
  // Left out: `unbound-method` (46 findings, all of functions of plain objects that use no `this`) and `require-await`
  // (12, all of them methods whose interface wants a promise).
  rules: {
    '@typescript-eslint/await-thenable': 'error',
    '@typescript-eslint/no-array-delete': 'error',
    '@typescript-eslint/no-base-to-string': 'error',
    '@typescript-eslint/no-duplicate-type-constituents': 'error',
    '@typescript-eslint/no-floating-promises': 'error',
    '@typescript-eslint/no-for-in-array': 'error',
    '@typescript-eslint/no-implied-eval': 'error',
    '@typescript-eslint/no-misused-promises': 'error',
    '@typescript-eslint/no-unnecessary-type-assertion': 'error',
    '@typescript-eslint/no-unsafe-enum-comparison': 'error',
    '@typescript-eslint/no-unsafe-unary-minus': 'error',
    '@typescript-eslint/only-throw-error': 'error',
    '@typescript-eslint/prefer-promise-reject-errors': 'error',
    '@typescript-eslint/restrict-plus-operands': 'error',
    '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true }],
    '@typescript-eslint/switch-exhaustiveness-check': ['error', { considerDefaultExhaustiveForUnions: true }],
  },
});
