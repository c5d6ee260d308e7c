import { createServer, connect as dial, type Server, type Socket } from 'node:net'

/** What the network does: carries, holds every byte with all connections open, or lets nobody through. */
type Mode = 'pass' | 'stall' | 'refuse'

/** A network between a client and a server on this machine, which fails as networks do. */
export class FaultProxy {
  /** Where the client connects to. */
  readonly port: number
  readonly #listener: Server
  readonly #far: number
  readonly #sockets = new Set<Socket>()
  #mode: Mode = 'pass'

  private constructor(listener: Server, port: number, far: number) {
    this.#listener = listener
    this.port = port
    this.#far = far
    listener.on('connection', (near: Socket) => this.#carry(near))
  }

  /** A network to a port of 127.0.0.1. */
  static async to(far: number): Promise<FaultProxy> {
    // What is held must not be read: a peer that ends, or is gone, is noticed when bytes pass again.
    const listener = createServer({ pauseOnConnect: true })
    await new Promise<void>((resolve) => listener.listen(0, '127.0.0.1', resolve))
    const address = listener.address()
    if (address === null || typeof address === 'string') throw new Error('the proxy has no port')
    return new FaultProxy(listener, address.port, far)
  }

  /** How many connections are open through it. */
  get connections(): number {
    return this.#sockets.size / 2
  }

  /** Carries again: what was held goes on, and new connections come through. */
  pass(): void {
    this.#mode = 'pass'
    for (const socket of this.#sockets) socket.resume()
  }

  /** Holds all bytes, both ways. Connections stay open; new ones are taken, and hear nothing. */
  stall(): void {
    this.#mode = 'stall'
    for (const socket of this.#sockets) socket.pause()
  }

  /** Cuts all connections, and each new one as soon as it comes, until `pass`. */
  refuse(): void {
    this.#mode = 'refuse'
    this.reset()
  }

  /** Cuts all connections with a reset. New ones come through. */
  reset(): void {
    for (const socket of this.#sockets) socket.resetAndDestroy()
  }

  async close(): Promise<void> {
    const closed = new Promise((resolve) => this.#listener.close(resolve))
    for (const socket of this.#sockets) socket.destroy()
    await closed
  }

  #carry(near: Socket): void {
    near.on('error', () => {})
    if (this.#mode === 'refuse') {
      near.resetAndDestroy()
      return
    }
    const far = dial(this.#far, '127.0.0.1')
    this.#pipe(near, far)
    this.#pipe(far, near)
  }

  #pipe(from: Socket, to: Socket): void {
    this.#sockets.add(from)
    from.setNoDelay(true)
    from.on('error', () => {})
    from.on('close', (failed) => {
      this.#sockets.delete(from)
      if (failed) to.resetAndDestroy()
      else to.destroySoon()
    })
    from.on('data', (bytes) => {
      if (!to.write(bytes)) from.pause()
    })
    to.on('drain', () => {
      if (this.#mode !== 'stall') from.resume()
    })
    if (this.#mode === 'stall') from.pause()
    else from.resume()
  }
}
