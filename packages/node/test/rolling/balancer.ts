import { once } from 'node:events'
import { get } from 'node:http'
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net'

/** Milliseconds between probes of a backend. */
const PROBE_EVERY = 100

/** A small load balancer: TCP, in turn to each backend whose readiness probe answers 200. */
export class Balancer {
  readonly #server: Server
  readonly #backends = new Map<number, { ready: boolean }>()
  readonly #probes: NodeJS.Timeout
  #turn = 0

  private constructor() {
    this.#server = createServer((client) => this.#forward(client))
    this.#probes = setInterval(() => this.#probe(), PROBE_EVERY)
  }

  static async start(): Promise<Balancer> {
    const balancer = new Balancer()
    balancer.#server.listen({ port: 0, host: '127.0.0.1', backlog: 4_096 })
    await once(balancer.#server, 'listening')
    return balancer
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port
  }

  add(port: number): void {
    this.#backends.set(port, { ready: true })
  }

  remove(port: number): void {
    this.#backends.delete(port)
  }

  async close(): Promise<void> {
    clearInterval(this.#probes)
    this.#server.close()
    await once(this.#server, 'close')
  }

  #forward(client: Socket): void {
    const ready = [...this.#backends].filter(([, { ready }]) => ready).map(([port]) => port)
    this.#turn += 1
    const port = ready[this.#turn % ready.length]
    if (port === undefined) return void client.resetAndDestroy()
    const backend = connect({ port, host: '127.0.0.1', noDelay: true })
    for (const [one, other] of [
      [client, backend],
      [backend, client],
    ] as const) {
      one.on('error', () => other.destroy())
      one.on('close', () => other.destroy())
      one.pipe(other)
    }
  }

  #probe(): void {
    for (const [port, backend] of this.#backends) {
      const request = get({ port, host: '127.0.0.1', path: '/ready', agent: false }, (response) => {
        backend.ready = response.statusCode === 200
        response.resume()
      })
      request.on('error', () => {
        backend.ready = false
      })
    }
  }
}
