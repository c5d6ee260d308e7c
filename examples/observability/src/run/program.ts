import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, openSync, readFileSync } from 'node:fs'
import { createServer } from 'node:net'

/** Whether there is such a program on this machine. */
export function isInstalled(command: string): boolean {
  return spawnSync(command, ['--version'], { stdio: 'ignore' }).error === undefined
}

/** A port of this machine that nobody listens on. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  server.close()
  await once(server, 'close')
  if (address === null || typeof address === 'string') throw new Error('there is no free port')
  return address.port
}

/** Ends a process: `SIGTERM`, and `SIGKILL` where that was not enough within so many milliseconds. */
export async function end(child: ChildProcess, within: number): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const gone = once(child, 'exit')
  const overdue = setTimeout(() => child.kill('SIGKILL'), within)
  child.kill('SIGTERM')
  await gone
  clearTimeout(overdue)
}

/** A program of others that runs beside this one, and whose output goes to a file. */
export class Program {
  readonly name: string
  readonly #output: string
  readonly #process: ChildProcess

  constructor(command: string, args: readonly string[], output: string, env: NodeJS.ProcessEnv = {}) {
    this.name = command
    this.#output = output
    const file = openSync(output, 'w')
    const [run = command, ...rest] = [...UNTIL_WE_ARE_GONE, command, ...args]
    // A group of its own: Ctrl-C is for us, who end it in order.
    this.#process = spawn(run, rest, {
      stdio: ['ignore', file, file],
      detached: true,
      env: { ...process.env, ...env },
    })
    closeSync(file)
  }

  get pid(): number | undefined {
    return this.#process.pid
  }

  /** @throws Error where it has ended, with what it said last. */
  mustRun(): void {
    const { exitCode, signalCode } = this.#process
    if (exitCode === null && signalCode === null) return
    const said = readFileSync(this.#output, 'utf8').trim().split('\n').slice(-5).join('\n')
    throw new Error(`${this.name} has ended (${String(exitCode ?? signalCode)}):\n${said}`)
  }

  async stop(): Promise<void> {
    await end(this.#process, 5_000)
  }
}

/** Linux ends it with us, even where we are killed; elsewhere nobody does. */
const UNTIL_WE_ARE_GONE = isInstalled('setpriv') ? ['setpriv', '--pdeathsig', 'TERM', '--'] : []
