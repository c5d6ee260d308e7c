import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { createConnection, type Socket } from 'node:net'
import { type ISocketFactory, Kafka, logLevel } from 'kafkajs'
import { loud } from '../../../tests/support/loud.js'

/** Why there is no mock cluster on this machine. */
export const missing: string | undefined = loud(
  spawnSync('kcat', ['-V']).error === undefined
    ? undefined
    : 'kcat is not installed, and nothing of @linkspan/kafka is tested',
)

/**
 * The mock cluster of librdkafka, in a process of its own: three brokers that speak Kafka's protocol and keep their log in
 * memory. It is no Kafka: nothing is replicated, and retention does not depend on time.
 */
export class MockCluster {
  readonly brokers: readonly string[]
  readonly #process: ChildProcess

  private constructor(brokers: readonly string[], process: ChildProcess) {
    this.brokers = brokers
    this.#process = process
  }

  static async start(): Promise<MockCluster> {
    // It consumes a topic that nobody writes to, which keeps it running.
    const args = ['-X', 'test.mock.num.brokers=3', '-b', 'localhost:9', '-C', '-t', 'keepalive', '-q']
    const process = spawn('kcat', args, { stdio: ['ignore', 'ignore', 'pipe'] })
    const brokers = await new Promise<string>((resolve, reject) => {
      let said = ''
      process.once('exit', (code) => reject(new Error(`kcat ended with ${code}`)))
      process.stderr.on('data', (text: Buffer) => {
        said += text.toString()
        const [, list] = /replaced with (\S+)\s/.exec(said) ?? []
        if (list !== undefined) resolve(list)
      })
    })
    process.removeAllListeners('exit')
    return new MockCluster(brokers.split(','), process)
  }

  /** It takes what it is sent, and answers nothing. */
  pause(): void {
    this.#process.kill('SIGSTOP')
  }

  resume(): void {
    this.#process.kill('SIGCONT')
  }

  /** Its log is gone with it. */
  async stop(): Promise<void> {
    const ended = new Promise((resolve) => this.#process.once('exit', resolve))
    this.#process.kill('SIGKILL')
    await ended
  }
}

/** The way to the cluster that several clients share. Kafka tells its own addresses, so it ends at their sockets. */
export class Network {
  readonly #sockets = new Set<Socket>()
  #isCut = false
  #isHeld = false

  get connections(): number {
    return this.#sockets.size
  }

  /** All connections end, and nobody answers new ones. */
  cut(): void {
    this.#isCut = true
    for (const socket of this.#sockets) socket.destroy()
  }

  mend(): void {
    this.#isCut = false
  }

  /** What is answered arrives no more, until `release`. */
  hold(): void {
    this.#isHeld = true
    for (const socket of this.#sockets) socket.pause()
  }

  release(): void {
    this.#isHeld = false
    for (const socket of this.#sockets) socket.resume()
  }

  /** A client that goes this way, and does not complain. */
  client(cluster: { readonly brokers: readonly string[] }): Kafka {
    return new Kafka({
      clientId: 'test',
      brokers: () => [...cluster.brokers],
      socketFactory: this.#connect,
      logLevel: logLevel.NOTHING,
      // The mock takes up few connections at once: of many, the last ones have to knock twice.
      connectionTimeout: 5_000,
      retry: { retries: 2, initialRetryTime: 50 },
    })
  }

  readonly #connect: ISocketFactory = ({ host, port, onConnect }) => {
    // Nobody listens on the discard port.
    const socket = createConnection({ host, port: this.#isCut ? 9 : port }, onConnect)
    this.#sockets.add(socket)
    if (this.#isHeld) socket.pause()
    socket.once('close', () => this.#sockets.delete(socket))
    return socket
  }
}
