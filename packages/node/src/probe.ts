/**
 * What a probe is answered. The names of what fails are yours; nothing of why it fails is in it.
 *
 * @example
 * const answer: HealthAnswer = { status: 503, body: { status: 'unavailable', failing: ['redis'] } }
 */
export interface HealthAnswer {
  readonly status: 200 | 503
  readonly body: { readonly status: 'ok' | 'unavailable'; readonly failing: readonly string[] }
}

/**
 * As much of a response of `node:http` or Express as a probe needs.
 *
 * @example
 * const res: HttpResponse = new ServerResponse(req)
 */
export interface HttpResponse {
  statusCode: number
  setHeader(name: string, value: string): unknown
  end(body: string): unknown
}

/**
 * As much of Koa's context as a probe needs.
 *
 * @example
 * koa.use((ctx) => readiness.koa(ctx satisfies KoaContext))
 */
export interface KoaContext {
  status: number
  body: unknown
  set(name: string, value: string): unknown
}

/**
 * As much of Fastify's reply as a probe needs.
 *
 * @example
 * fastify.get('/ready', (request, reply) => readiness.fastify(request, reply satisfies FastifyResponse))
 */
export interface FastifyResponse {
  code(status: number): unknown
  header(name: string, value: string): unknown
}

/**
 * As much of uWebSockets.js's response as a probe needs.
 *
 * @example
 * uws.get('/ready', (res, req) => readiness.uws(res satisfies UwsResponse, req))
 */
export interface UwsResponse {
  onAborted(aborted: () => void): unknown
  cork(write: () => void): unknown
  writeStatus(status: string): unknown
  writeHeader(name: string, value: string): unknown
  end(body: string): unknown
}

/**
 * A question about this process, as a function and as a handler for each server.
 *
 * @example
 * const { status, body } = await readiness()
 */
export interface Probe {
  /** Never rejects. */
  (): Promise<HealthAnswer>
  /** `(req, res)`, for `node:http` and Express. */
  readonly http: (req: unknown, res: HttpResponse) => void
  /** `(ctx)`, for Koa. */
  readonly koa: (ctx: KoaContext) => Promise<void>
  /** `(request, reply)`, for Fastify. */
  readonly fastify: (request: unknown, reply: FastifyResponse) => Promise<string>
  /** `(res, req)`, for uWebSockets.js. */
  readonly uws: (res: UwsResponse, req: unknown) => void
}

const HEADERS = { 'content-type': 'application/json', 'cache-control': 'no-store' } as const
const PHRASES = { 200: '200 OK', 503: '503 Service Unavailable' } as const

/** Makes the handlers of a question. */
export function probe(ask: () => Promise<HealthAnswer>): Probe {
  const handlers: Pick<Probe, keyof Probe> = {
    http(_req, res) {
      void ask().then(({ status, body }) => {
        res.statusCode = status
        forEachHeader((name, value) => res.setHeader(name, value))
        res.end(JSON.stringify(body))
      })
    },

    async koa(ctx) {
      const { status, body } = await ask()
      ctx.status = status
      forEachHeader((name, value) => ctx.set(name, value))
      ctx.body = JSON.stringify(body)
    },

    async fastify(_request, reply) {
      const { status, body } = await ask()
      reply.code(status)
      forEachHeader((name, value) => reply.header(name, value))
      return JSON.stringify(body)
    },

    uws(res) {
      let aborted = false
      res.onAborted(() => {
        aborted = true
      })
      void ask().then(({ status, body }) => {
        if (aborted) return
        res.cork(() => {
          res.writeStatus(PHRASES[status])
          forEachHeader((name, value) => res.writeHeader(name, value))
          res.end(JSON.stringify(body))
        })
      })
    },
  }
  return Object.assign(() => ask(), handlers)
}

function forEachHeader(set: (name: string, value: string) => unknown): void {
  for (const [name, value] of Object.entries(HEADERS)) set(name, value)
}
