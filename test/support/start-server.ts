// Starts the script of the first argument as a server in the folder of the second one, and prints its process id.
import { access } from 'node:fs/promises';
import { join } from 'node:path';
import { ServerProcess } from '../servers/process.js';

const [script = '', folder = ''] = process.argv.slice(2);
const server = new ServerProcess({
  program: process.execPath,
  args: [script],
  folder,
  probe: () => access(join(folder, 'ready')),
});
await server.start();
console.log(server.pid);
setInterval(() => undefined, 1000);
