// Calls each export of the module in the file named, and says how many cases it ran and how long that took.
import { webcrypto } from 'node:crypto';
import { readFileSync } from 'node:fs';

const module = new WebAssembly.Module(readFileSync(process.argv[2]));
let said = [];
const start = () => {
  const memory = (at, len) => new Uint8Array(instance.exports.memory.buffer, at, len);
  const host = {
    say: (at, len) => said.push(new TextDecoder().decode(memory(at, len))),
    random: (at, len) => {
      for (let done = 0; done < len; done += 65536) {
        webcrypto.getRandomValues(memory(at + done, Math.min(65536, len - done)));
      }
    },
  };
  const instance = new WebAssembly.Instance(module, { host });
  instance.exports.start();
  return instance.exports;
};

const names = ['dir', 'rsa_2048_generated', 'vectors_positive', 'vectors_accept', 'vectors_negative', 'vectors_bad_keys',
  'vectors_good_keys'];
let failed = 0;
let total = 0;
for (const name of [...names, 'fails']) {
  said = [];
  const before = performance.now();
  let cases = 0;
  let trap = null;
  try {
    cases = start()[name]();
  } catch (error) {
    trap = error;
  }
  const seconds = ((performance.now() - before) / 1000).toFixed(1);
  if (name === 'fails') {
    // The harness itself: a panic reaches this script, with its words.
    if (trap === null || !said.join().includes('as it should')) {
      console.log('FAILED: a panic went unnoticed');
      failed += 1;
    }
  } else if (trap !== null || cases < 1) {
    console.log(`FAILED: ${name}, after ${seconds} s: ${said.join('\n')}\n${trap?.stack}`);
    failed += 1;
  } else {
    console.log(`${name}: ${cases} ok, ${seconds} s`);
    total += cases;
  }
}
console.log(`in WebAssembly: ${total} cases ok, ${failed} failures`);
process.exit(failed === 0 ? 0 : 1);
