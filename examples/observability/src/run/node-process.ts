import { type ChildProcess, fork } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import type { FromNode, NodeConfig, Questions, ToNode } from '../node/questions.js'
import { end } from './program.js'

const PROGRAM = fileURLToPath(new URL('../../servers/node.ts', import.meta.url))
/** Milliseconds in which a node has to listen, and to answer. */
const PATIENCE = 20_000
/** Milliseconds that a node may take to end: a little more than what it gives itself. */
const GRACE = 10_000

/** A line of a node's log. */
export type LogLine = Readonly<Record<string, unknown>> & {
  readonly event?: string
  readonly connection?: string
}

/** One of the chat's nodes: a process, its log, and what it can be asked. Keeps its port when it is started again. */
export class NodeProcess {
  readonly name: string
  /** How often it was started again. */
  restarts = 0
  #config: NodeConfig
  #process: ChildProcess | undefined
  #answers = new Map<number, (answer: unknown) => void>()
  #asked = 0
  #up = false

  constructor(config: NodeConfig) {
    this.name = config.name
    this.#config = config
  }

  /** Where Prometheus scrapes it. */
  get target(): string {
    return `127.0.0.1:${this.#config.port}`
  }

  get url(): string {
    return `ws://${this.target}/rooms/`
  }

  get log(): string {
    return this.#config.log
  }

  get pid(): number | undefined {
    return this.#process?.pid
  }

  /** Whether it takes connections: not before it listens, nor once it was told to end. */
  get isUp(): boolean {
    return this.#up
  }

  async start(): Promise<void> {
    const child = fork(PROGRAM, {
      stdio: ['ignore', 'inherit', 'pipe', 'ipc'],
      detached: true,
      env: { OTEL_SERVICE_NAME: `chat-${this.name}`, ...process.env },
    })
    this.#process = child
    let said = ''
    child.stderr?.on('data', (bytes: Buffer) => {
      said = `${said}${bytes.toString()}`.slice(-2_000)
    })
    const listening = new Promise<number>((resolve, reject) => {
      const overdue = setTimeout(() => reject(new Error(`${this.name} does not listen`)), PATIENCE)
      child.on('exit', (code, signal) => {
        this.#up = false
        clearTimeout(overdue)
        for (const answer of this.#answers.values()) answer(undefined)
        reject(new Error(`the node ${this.name} has ended (${String(code ?? signal)}):\n${said}`))
      })
      child.on('message', (message: FromNode) => {
        if ('listening' in message) resolve(message.listening)
        else this.#answers.get(message.id)?.(message.answer)
        clearTimeout(overdue)
      })
    })
    this.#send({ begin: this.#config })
    this.#config = { ...this.#config, port: await listening }
    this.#up = true
  }

  /** Asks it something. Answers `undefined` where it is gone, or does not answer in time. */
  async ask<Name extends keyof Questions>(
    question: Name,
    ask: Questions[Name]['ask'],
  ): Promise<Questions[Name]['answer'] | undefined> {
    if (this.#process?.connected !== true) return undefined
    this.#asked += 1
    const id = this.#asked
    const answer = new Promise<unknown>((resolve) => {
      this.#answers.set(id, resolve)
      setTimeout(resolve, PATIENCE).unref()
    })
    this.#send({ id, question, ask })
    const answered = await answer
    this.#answers.delete(id)
    return answered as Questions[Name]['answer'] | undefined
  }

  /** The last line of its log of which something holds. */
  lineWhere(holds: (line: LogLine) => boolean): LogLine | undefined {
    const lines = readFileSync(this.#config.log, 'utf8').trim().split('\n')
    for (const text of lines.reverse()) {
      const line = text === '' ? {} : (JSON.parse(text) as LogLine)
      if (holds(line)) return line
    }
    return undefined
  }

  /** Ends it in order: it drains, and exits. */
  async stop(): Promise<void> {
    this.#up = false
    if (this.#process !== undefined) await end(this.#process, GRACE)
  }

  /** Ends it in order and starts it again at the same port, as a deployment would. */
  async restart(): Promise<void> {
    this.restarts += 1
    await this.stop()
    await this.start()
  }

  #send(message: ToNode): void {
    this.#process?.send(message)
  }
}
