/** Closes the output of a run with one plain line, `N passed, N failed`, for programs that read it. */
export default class SummaryReporter {
  #testsRun = 0;

  /**
   * @param {unknown} _contexts
   * @param {{ numPassedTests: number, numFailedTests: number, numRuntimeErrorTestSuites: number }} results
   */
  onRunComplete(_contexts, results) {
    // A file that cannot be loaded has no tests of its own, but it must not pass for a success.
    const failed = results.numFailedTests + results.numRuntimeErrorTestSuites;
    this.#testsRun = results.numPassedTests + failed;
    // Jest prints its own summary after every reporter has run; at the exit nothing else follows.
    process.once('exit', () => process.stdout.write(`${results.numPassedTests} passed, ${failed} failed\n`));
  }

  /** A run in which every test was skipped proves nothing; an error here makes Jest exit with 1. */
  getLastError() {
    return this.#testsRun === 0 ? new Error('No test was executed.') : undefined;
  }
}
