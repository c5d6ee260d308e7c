import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { build } from 'esbuild'
import { here, start } from '../processes.js'
import type { Command, Member, Readings, Reply, Request } from './contract.js'

/** The longest that a command may take, in milliseconds. */
const PATIENCE = 90_000

/** Turns the nodes' program into what plain Node runs: ours from its sources, the engines' clients as they are installed. */
export async function compileNode(): Promise<void> {
  await build({
    absWorkingDir: here,
    entryPoints: ['./brokers/main.ts'],
    outfile: 'dist/brokers/main.js',
    bundle: true,
    conditions: ['@linkspan/source'],
    external: ['@nats-io/transport-node', 'amqplib', 'ioredis', 'kafkajs', 'redis'],
    platform: 'node',
    format: 'esm',
    target: 'node20',
  })
}

/** Two nodes of one application on an engine, each a process on a core of its own; of the memory engine both in one. */
export class Pair {
  readonly #sender: ChildProcess
  readonly #receiver: ChildProcess

  private constructor(sender: ChildProcess, receiver: ChildProcess) {
    this.#sender = sender
    this.#receiver = receiver
  }

  static async start(engine: string, address: string, topics: number): Promise<Pair> {
    const sender = begin(0)
    const pair = new Pair(sender, engine === 'memory' ? sender : begin(1))
    await pair.ask('receiver', { do: 'open', engine, address, topics })
    await pair.ask('sender', { do: 'open', engine, address, topics: 0 })
    return pair
  }

  /** Whether both are one process, whose processor time is that of both. */
  get isShared(): boolean {
    return this.#sender === this.#receiver
  }

  async ask(member: Member, command: Command): Promise<Readings | undefined> {
    const child = member === 'sender' ? this.#sender : this.#receiver
    const request: Request = { member, command }
    const answered = once(child, 'message', { signal: AbortSignal.timeout(PATIENCE) })
    child.send(request)
    const [reply] = (await answered) as [Reply]
    if (reply.error !== undefined) throw new Error(`the ${member} cannot ${command.do}: ${reply.error}`)
    return reply.readings
  }

  async read(member: Member): Promise<Readings> {
    const readings = await this.ask(member, { do: 'read' })
    if (readings === undefined) throw new Error(`the ${member} told nothing`)
    return readings
  }

  async stop(): Promise<void> {
    for (const member of ['sender', 'receiver'] as const) {
      await this.ask(member, { do: 'leave' }).catch(() => {})
    }
    for (const child of new Set([this.#sender, this.#receiver])) child.kill('SIGKILL')
  }
}

function begin(core: number): ChildProcess {
  return start(core, [process.execPath, join('dist', 'brokers', 'main.js')], {
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  })
}
