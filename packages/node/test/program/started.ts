import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { type Peer, socketHost, type TestHost } from '@linkspan/testing'
import { onTestFinished, type TestContext } from 'vitest'
import { missing } from '../../../uws/test/load.js'

/** How a process ended. */
interface Exit {
  readonly code: number | null
  readonly signal: string | null
}

/** The transports that programs run on: the names that TRANSPORT takes. */
export const transportNames = ['ws', 'express', 'koa', 'fastify', 'uws'] as const

/** Skips a test where its server cannot be had on this machine, and says why. */
export function skipWithout(transport: string, context: Pick<TestContext, 'skip'>): void {
  if (transport === 'uws' && missing !== undefined) context.skip(missing)
}

/** What Node needs to run a program of ours over the workspace's sources. */
export const NODE_ARGS: readonly string[] = ['--import', 'tsx', '--conditions=@linkspan/source']

/** A program of this folder as a process of its own, which prints lines of JSON; it ends with the test. */
export class Program {
  readonly exited: Promise<Exit>
  readonly #child: ChildProcess
  readonly #lines: string[] = []
  #errors = ''
  #wake = (): void => {}

  /** `detached`: in a process group of its own, for signals to all of it. */
  constructor(file: string, env: Readonly<Record<string, string>> = {}, detached = false) {
    const program = fileURLToPath(new URL(file, import.meta.url))
    this.#child = spawn(process.execPath, [...NODE_ARGS, program], {
      env: { ...process.env, ...env, NODE_OPTIONS: '' },
      stdio: ['ignore', 'pipe', 'pipe'],
      detached,
    })
    const { stdout, stderr } = this.#child
    if (stdout === null || stderr === null) throw new Error('the program has no output')
    stderr.on('data', (bytes: Buffer) => {
      this.#errors += bytes.toString()
    })
    createInterface({ input: stdout }).on('line', (line) => {
      this.#lines.push(line)
      this.#wake()
    })
    this.exited = once(this.#child, 'close').then(([code, signal]: unknown[]) => ({
      code: typeof code === 'number' ? code : null,
      signal: typeof signal === 'string' ? signal : null,
    }))
    void this.exited.then(() => this.#wake())
    onTestFinished(async () => {
      this.#child.kill('SIGKILL')
      await this.exited
    })
  }

  get pid(): number {
    const { pid } = this.#child
    if (pid === undefined) throw new Error('the program has not started')
    return pid
  }

  /** All that it has printed. */
  get said(): readonly unknown[] {
    return this.#lines.map((line): unknown => JSON.parse(line))
  }

  /** What it printed where nothing should be. */
  get errors(): string {
    return this.#errors
  }

  /** Waits until it has printed so many lines with this key, and answers the last one's value. */
  async hears(key: string, count = 1): Promise<unknown> {
    for (;;) {
      const found = this.said.filter(
        (line): line is Record<string, unknown> => line instanceof Object && key in line,
      )
      const line = found[count - 1]
      if (line !== undefined) return line[key]
      if (this.#child.exitCode !== null) throw new Error(`it ended before it said '${key}': ${this.#errors}`)
      await new Promise<void>((resolve) => {
        this.#wake = resolve
      })
    }
  }

  signal(name: NodeJS.Signals): void {
    this.#child.kill(name)
  }
}

/** Clients for a port, until the test has ended. */
export function clientsOf(port: unknown): { readonly host: TestHost; connect(): Promise<Peer> } {
  const host = socketHost({ connect: { port: Number(port), host: '127.0.0.1' }, close: async () => {} })
  onTestFinished(() => host.close())
  const connect = async (): Promise<Peer> => {
    const answer = await host.connect().answer
    if (answer.upgraded) return answer.peer
    throw new Error(`the client was refused: ${answer.status} ${answer.body}`)
  }
  return { host, connect }
}
