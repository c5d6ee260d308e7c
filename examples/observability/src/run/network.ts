import { once } from 'node:events'
import { type AddressInfo, createServer, connect as dial, type Server, type Socket } from 'node:net'

/** The network between the nodes and Redis, which can be cut. */
export class Network {
  readonly #listener: Server
  readonly #sockets = new Set<Socket>()
  #down = false

  private constructor(listener: Server) {
    this.#listener = listener
  }

  static async to(host: string, port: number): Promise<Network> {
    const listener = createServer()
    const network = new Network(listener)
    listener.on('connection', (near) => network.#carry(near, host, port))
    listener.listen(0, '127.0.0.1')
    await once(listener, 'listening')
    return network
  }

  get port(): number {
    return (this.#listener.address() as AddressInfo).port
  }

  /** Cuts all connections, and each new one as soon as it comes, until `mend`. */
  cut(): void {
    this.#down = true
    for (const socket of this.#sockets) socket.resetAndDestroy()
  }

  mend(): void {
    this.#down = false
  }

  async stop(): Promise<void> {
    const closed = once(this.#listener, 'close')
    this.#listener.close()
    for (const socket of this.#sockets) socket.destroy()
    await closed
  }

  #carry(near: Socket, host: string, port: number): void {
    near.on('error', () => {})
    if (this.#down) return void near.resetAndDestroy()
    const far = dial(port, host)
    for (const [from, to] of [
      [near, far],
      [far, near],
    ] as const) {
      this.#sockets.add(from)
      from.setNoDelay(true)
      from.on('error', () => {})
      from.on('close', () => {
        this.#sockets.delete(from)
        to.destroy()
      })
      from.pipe(to)
    }
  }
}
