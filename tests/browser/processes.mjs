// Starts the programs of the test on ports that the system chooses, and ends them.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';

const patience = 30_000; // long, since it costs only a failing test that time

// Asks until the answer isn't false or the like; answers it.
export async function eventually(what, ask) {
  const deadline = Date.now() + patience;
  for (;;) {
    const answer = await ask();
    if (answer) return answer;
    if (Date.now() > deadline) throw new Error(`It did not happen in time: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

export class Program {
  constructor(command, args, options = {}) {
    this.name = command.split('/').pop();
    this.output = '';
    this.child = spawn(command, args, { ...options, stdio: ['ignore', 'pipe', 'pipe'] });
    for (const stream of [this.child.stdout, this.child.stderr])
      stream.on('data', (bytes) => (this.output += bytes));
    this.exited = once(this.child, 'exit').then(([status]) => status);
  }

  // What the pattern finds in the output, once it does.
  said(pattern) {
    return eventually(`${this.name} says ${pattern}`, () => {
      if (this.child.exitCode !== null) throw new Error(`${this.name} ended:\n${this.output}`);
      return this.output.match(pattern);
    });
  }

  // Its exit status.
  stop() {
    this.child.kill('SIGTERM');
    return this.exited;
  }
}

// A port that was free a moment ago.
export async function freePort() {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address();
  server.close();
  await once(server, 'close');
  return port;
}
