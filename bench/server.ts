import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import type { Contestant } from './contestants.js'
import type { Command, Readings, Setup } from './contract.js'
import { next, start } from './processes.js'

/** A server in a process of its own. */
export class Server {
  readonly port: number
  readonly #child: ChildProcess

  private constructor(child: ChildProcess, port: number) {
    this.#child = child
    this.port = port
  }

  static async start(
    { file, pipeline }: Contestant,
    setup: Setup,
    flags: readonly string[] = [],
  ): Promise<Server> {
    const told = JSON.stringify(pipeline === undefined ? setup : { ...setup, pipeline })
    const child = start(0, [process.execPath, '--expose-gc', ...flags, `dist/servers/${file}.js`], {
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
      env: { BENCH_SETUP: told },
    })
    return new Server(child, await next<number>(child, child, 'message'))
  }

  async ask(command: Command): Promise<Readings> {
    this.#child.send(command)
    return next<Readings>(this.#child, this.#child, 'message')
  }

  async stop(): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return
    const gone = once(this.#child, 'exit')
    this.#child.send('leave' satisfies Command)
    await gone
  }
}
