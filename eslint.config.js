import tseslint from 'typescript-eslint';
import prettier from 'eslint-config-prettier';

/** The clock is handed in (src/lib/clock.ts): only so can a test drive it. */
const noClock = [
  {
    selector: "CallExpression[callee.object.name='Date'][callee.property.name='now']",
    message: 'Take the time from the Clock that is handed in.',
  },
  {
    selector: "NewExpression[callee.name='Date'][arguments.length=0]",
    message: 'Take the time from the Clock that is handed in.',
  },
  {
    selector: "CallExpression[callee.object.name='Math'][callee.property.name='random']",
    message: 'Take chance from the random source that is handed in.',
  },
];

export default tseslint.config(
  { ignores: ['dist', 'node_modules', 'drizzle', 'coverage', '.dependency-cruiser.cjs', 'config/*.cjs'] },
  {
    files: ['**/*.ts'],
    extends: [...tseslint.configs.strictTypeChecked, prettier],
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    rules: {
      'max-lines': ['error', { max: 400 }],
      '@typescript-eslint/no-floating-promises': 'error',
      '@typescript-eslint/switch-exhaustiveness-check': 'error',
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true, allowBoolean: true }],
      '@typescript-eslint/consistent-type-imports': 'error',
      'no-console': 'error',
    },
  },
  {
    files: ['src/{reengagement,queue,jobs}/**/*.ts'],
    rules: {
      'no-restricted-syntax': ['error', ...noClock],
      'no-restricted-globals': ['error', 'setTimeout', 'setInterval', 'setImmediate'],
    },
  },
  {
    files: ['src/{cli,sandbox}/**/*.ts', 'src/demo.ts', 'src/config/write-generated.ts'],
    rules: { 'no-console': 'off' },
  },
  {
    files: ['test/**/*.ts'],
    rules: {
      '@typescript-eslint/no-unused-expressions': 'off',
      '@typescript-eslint/no-non-null-assertion': 'off',
      'no-restricted-globals': [
        'error',
        { name: 'setTimeout', message: 'Tests await events or drive the clock; they never sleep.' },
      ],
    },
  },
);
