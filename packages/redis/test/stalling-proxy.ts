import { createServer, connect as dial, type Server, type Socket } from 'node:net'

/** A network between a client and Redis that can stop to carry anything, with all connections open. */
export class StallingProxy {
  readonly port: number
  readonly #server: Server
  readonly #sockets: Set<Socket>
  readonly #state: { stalled: boolean }

  private constructor(port: number, server: Server, sockets: Set<Socket>, state: { stalled: boolean }) {
    this.port = port
    this.#server = server
    this.#sockets = sockets
    this.#state = state
  }

  static async to(port: number): Promise<StallingProxy> {
    const sockets = new Set<Socket>()
    const state = { stalled: false }
    const server = createServer((near) => {
      const far = dial(port, '127.0.0.1')
      for (const [from, to] of [
        [near, far],
        [far, near],
      ] as const) {
        sockets.add(from)
        from.on('error', () => {})
        from.on('close', () => {
          sockets.delete(from)
          to.destroy()
        })
        from.on('data', (bytes) => to.write(bytes))
        if (state.stalled) from.pause()
      }
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const address = server.address()
    if (address === null || typeof address === 'string') throw new Error('the proxy has no port')
    return new StallingProxy(address.port, server, sockets, state)
  }

  stall(): void {
    this.#state.stalled = true
    for (const socket of this.#sockets) socket.pause()
  }

  go(): void {
    this.#state.stalled = false
    for (const socket of this.#sockets) socket.resume()
  }

  async close(): Promise<void> {
    const closed = new Promise((resolve) => this.#server.close(resolve))
    for (const socket of this.#sockets) socket.destroy()
    await closed
  }
}
