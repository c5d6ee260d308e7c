import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Telemetry } from './contract.js'

/** Milliseconds between two looks at the metrics: more often than anybody does. */
const SCRAPE = 1_000

/** Takes the traces of one server, and asks for its metrics: in the benchmark's own process. */
export class Collector {
  readonly port: number
  readonly #server: Server
  readonly #heard = { metrics: false, traces: false }
  #scraping: NodeJS.Timeout | undefined

  private constructor(server: Server) {
    this.#server = server
    this.port = (server.address() as AddressInfo).port
    server.on('request', (request, response) => {
      request.resume().on('end', () => {
        this.#heard.traces = true
        response.end()
      })
    })
  }

  static async start(): Promise<Collector> {
    const server = createServer()
    await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening))
    return new Collector(server)
  }

  /** Asks a server for its metrics every second. */
  scrape(port: number): void {
    const look = async (): Promise<void> => {
      const answer = await fetch(`http://127.0.0.1:${port}/metrics`)
      this.#heard.metrics ||= (await answer.text()).includes('linkspan_messages_total')
    }
    // A server that is about to leave answers no more.
    this.#scraping = setInterval(() => void look().catch(() => {}), SCRAPE)
  }

  /** What is not told costs nothing, and would be measured as that. */
  check(telemetry: readonly Telemetry[]): void {
    for (const kind of ['metrics', 'traces'] as const)
      if (telemetry.includes(kind) && !this.#heard[kind]) throw new Error(`nothing was heard of ${kind}`)
  }

  stop(): void {
    clearInterval(this.#scraping)
    this.#server.close()
    this.#server.closeAllConnections()
  }
}
