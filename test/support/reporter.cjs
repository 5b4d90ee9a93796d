const { reporters } = require('mocha');

/** Mocha's own spec output for people and, where REENGAGED_TEST_REPORT names a file, its own JSON report for machines. */
module.exports = class SpecAndJson extends reporters.Spec {
  constructor(runner, options) {
    super(runner, options);
    const output = process.env.REENGAGED_TEST_REPORT;
    this.json = output && new reporters.JSON(runner, { ...options, reporterOption: { output } });
  }
};
