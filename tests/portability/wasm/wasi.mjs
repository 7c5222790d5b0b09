// A runner for `cargo test --target wasm32-wasip1`: the test harness prints, takes arguments and reads files below
// the folder that it starts in.
import { readFileSync } from 'node:fs';
import { WASI } from 'node:wasi';

const args = process.argv.slice(2);
const env = { RUST_BACKTRACE: '0' };
const wasi = new WASI({ version: 'preview1', args, env, preopens: { '.': '.', [process.cwd()]: '.' }, returnOnExit: true });
const module = new WebAssembly.Module(readFileSync(args[0]));
process.exit(wasi.start(new WebAssembly.Instance(module, wasi.getImportObject())));
