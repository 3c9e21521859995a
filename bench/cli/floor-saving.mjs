// What saving one file durably costs at least: write, fsync, rename, fsync of its directory [HPERF-2].
const fs = process.getBuiltinModule("node:fs");
const directory = ".floor";
fs.mkdirSync(directory, { recursive: true });
const file = fs.openSync(`${directory}/.new`, "w");
fs.writeSync(file, '{"session_id": "floor", "messages": ["hello"], "input_tokens": 1, "output_tokens": 11}');
fs.fsyncSync(file);
fs.closeSync(file);
fs.renameSync(`${directory}/.new`, `${directory}/floor.json`);
const folder = fs.openSync(directory, "r");
fs.fsyncSync(folder);
fs.closeSync(folder);
