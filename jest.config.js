// Jest loads ES modules through `node:vm`, which Node hides behind a flag. Its workers inherit NODE_OPTIONS, so with the
// flag set here `npx jest FILE` runs exactly as `npm test` does.
const flags = ['--experimental-vm-modules'];
const quiet = '--disable-warning=ExperimentalWarning';
if (process.allowedNodeEnvironmentFlags.has('--disable-warning')) flags.push(quiet);
process.env.NODE_OPTIONS = [process.env.NODE_OPTIONS, ...flags].filter(Boolean).join(' ');

/** @type {import('jest').Config} */
export default {
  testMatch: ['<rootDir>/test/**/*.test.ts'],
  // The page of a report has the browser's part of it as it is now, however old the rest of dist may be.
  globalSetup: '<rootDir>/test/support/bundle-page.js',
  testPathIgnorePatterns: ['/node_modules/', '/test/fixtures/', '/test/lab/'],
  extensionsToTreatAsEsm: ['.ts'],
  transform: {
    '\\.ts$': ['@swc/jest', { swcrc: false, jsc: { parser: { syntax: 'typescript' }, target: 'es2022' } }],
  },
  // An import names the file that will exist after the build; the tests read its source.
  moduleNameMapper: { '^(\\.{1,2}/.+)\\.js$': ['$1.ts', '$1.js'] },
  // A limit makes Jest use workers even for one file (the flag above reaches only workers), and it recycles those that
  // have collected too many modules.
  workerIdleMemoryLimit: '1GB',
  reporters: ['default', '<rootDir>/test/support/summary-reporter.js'],
};
