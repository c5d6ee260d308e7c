import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { countSecrets } from './secrets.js'
import type { Question, Ready, Reply, Unasked } from './server/questions.js'
import type { TransportName } from './server/transports.js'

const PROGRAM = fileURLToPath(new URL('server/main.ts', import.meta.url))

export interface ChildOptions {
  readonly transport: TransportName
  /** One of `scenarios`. Default: `'storm'`. */
  readonly scenario?: string
  readonly seed?: number
}

/** How a process ended. */
export interface Exit {
  readonly code: number | null
  readonly signal: string | null
}

interface Waiter {
  resolve(answer: unknown): void
  reject(error: Error): void
}

/** A server in a process of its own. */
export class Child {
  readonly port: number
  readonly exited: Promise<Exit>
  readonly #process: ChildProcess
  readonly #waiting = new Map<number, Waiter>()
  #output = ''
  #asked = 0

  static start({ transport, scenario = 'storm', seed = 1 }: ChildOptions): Promise<Child> {
    return Child.run(PROGRAM, { TRANSPORT: transport, SCENARIO: scenario, SEED: `${seed}` })
  }

  /** Any program that says when it is ready, and answers questions. `listen`: to what it says unasked. */
  static async run(
    program: string,
    settings: Readonly<Record<string, string>>,
    listen: (told: unknown) => void = () => {},
  ): Promise<Child> {
    const args = ['--expose-gc', '--import', 'tsx', '--conditions=@linkspan/source', program]
    const env = { ...process.env, ...settings, NODE_OPTIONS: '' }
    const child = spawn(process.execPath, args, { env, stdio: ['ignore', 'pipe', 'pipe', 'ipc'] })
    let early = ''
    child.stderr?.on('data', (bytes: Buffer) => {
      early += bytes.toString()
    })
    const [first] = (await Promise.race([
      once(child, 'message'),
      once(child, 'exit').then(() => {
        throw new Error(`the server did not start: ${early}`)
      }),
    ])) as [Ready]
    return new Child(child, first.port, listen)
  }

  private constructor(child: ChildProcess, port: number, listen: (told: unknown) => void) {
    this.#process = child
    this.port = port
    const keep = (bytes: Buffer): void => {
      this.#output += bytes.toString()
    }
    child.stdout?.on('data', keep)
    child.stderr?.on('data', keep)
    // All output has come by 'close'.
    this.exited = new Promise((resolve) => {
      child.once('close', (code, signal) => {
        for (const waiter of this.#waiting.values())
          waiter.reject(new Error(`the server is gone: ${this.#output}`))
        this.#waiting.clear()
        resolve({ code, signal })
      })
    })
    child.on('message', (said: Reply | Unasked) => {
      if ('told' in said) listen(said.told)
      else this.#take(said)
    })
  }

  get pid(): number | undefined {
    return this.#process.pid
  }

  /** What it has printed. */
  get output(): string {
    return this.#output
  }

  /** How often a planted secret stands in what it has printed. */
  get leaks(): number {
    return countSecrets(this.#output)
  }

  ask<Answer>(ask: string, about?: unknown): Promise<Answer> {
    const id = ++this.#asked
    return new Promise<Answer>((resolve, reject) => {
      if (!this.#process.connected) return reject(new Error(`the server is gone: ${this.#output}`))
      this.#waiting.set(id, { resolve: resolve as Waiter['resolve'], reject })
      this.#process.send({ id, ask, about } satisfies Question)
    })
  }

  signal(name: NodeJS.Signals): void {
    this.#process.kill(name)
  }

  /** Ends it, whatever it does; for those who have seen enough. */
  async end(): Promise<void> {
    this.#process.kill('SIGKILL')
    await this.exited
  }

  #take(reply: Reply): void {
    const waiter = this.#waiting.get(reply.id)
    this.#waiting.delete(reply.id)
    if ('failed' in reply) waiter?.reject(new Error(reply.failed))
    else waiter?.resolve(reply.answer)
  }
}
