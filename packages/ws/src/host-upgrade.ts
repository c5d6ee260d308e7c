import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http'
import type { Duplex } from 'node:stream'
import {
  HandshakeRequest,
  type HttpRefusal,
  type Linkspan,
  type Transport,
  type Upgrade,
} from '@linkspan/core'
import type { Acceptor } from './acceptor.js'
import { plainAddress } from './address.js'
import { Draft, draftResponse, linesOfDraft } from './draft.js'
import { linesOf } from './handshake.js'
import { ignore, PendingSocket } from './pending-socket.js'
import { linger, type Patience } from './refuse.js'
import { headersOf } from './request.js'
import type { Arrival } from './server-routes.js'
import { WsTransport } from './transport.js'

/**
 * What a framework knows of an upgrade request that reached its route, and how it answers there.
 *
 * @example
 * const route: HostRoute = { url: ctx.originalUrl, address: ctx.ip, params: ctx.params, native: ctx, respond }
 * enter(ctx.req, route)
 */
export interface HostRoute {
  /** The framework's name, for those who watch. */
  readonly via: string
  /** Path and query, as sent: a router may have cut `req.url`. */
  readonly url: string
  /** The client's, by the framework's trust settings. */
  readonly address: string | undefined
  readonly params: Readonly<Record<string, string>>
  /** The framework's own request. */
  readonly native: unknown
  /**
   * Answers through the framework. Called at most once; with status 101 and no body where the application accepts. `set-cookie`
   * goes beside those that are there. Must
   * give what its framework throws to its framework; where it throws itself, the connection is cut.
   */
  respond(answer: HttpRefusal): void
  /** Called instead, where the client went away first. */
  gone?(): void
}

/** A 101 that waits for the hooks of the framework's response. */
interface Opening {
  readonly acceptor: Acceptor
  readonly transport: WsTransport
  readonly early: Buffer
  readonly lines: readonly string[]
}

/**
 * One upgrade request on its way through a framework.
 *
 * Its response is a draft. Where the framework answers by itself, or the application refuses, it goes out as it is
 * written. Where the application accepts, the framework ends it as a 101, which runs the hooks; nothing of it goes out,
 * and the headers it has then leave with the 101 of `ws`.
 */
export class HostUpgrade {
  readonly #req: IncomingMessage
  readonly #socket: Duplex & { readonly bytesWritten?: number }
  readonly #head: Buffer
  readonly #writtenBefore: number | undefined
  readonly #draft: Draft
  readonly #res: ServerResponse
  #pending: PendingSocket | undefined
  #state: 'routed' | 'answering' | 'left' | 'over' = 'routed'
  #opening: Opening | undefined
  #drafted = ''
  #abort: (() => void) | undefined
  #deadline: NodeJS.Timeout | undefined
  #patience: Patience | undefined

  constructor({ req, socket, head, shared }: Arrival) {
    this.#req = req
    this.#socket = socket
    this.#head = head
    this.#writtenBefore = this.#socket.bytesWritten
    this.#draft = new Draft((bytes, callback) => this.#write(bytes, callback))
    this.#res = draftResponse(req, this.#draft)
    this.#res.once('finish', () => this.#finished())
    this.#draft.once('close', () => this.#discarded())
    socket.on('close', this.#gone)
    if (shared) socket.on('error', ignore)
    else this.#pending = new PendingSocket(socket, head)
  }

  run(listener: RequestListener): void {
    listener(this.#req, this.#res)
  }

  /** The request reached a route of ours. */
  enter(app: Linkspan<unknown>, acceptor: Acceptor, route: HostRoute): void {
    this.#pending ??= new PendingSocket(this.#socket, this.#head)
    const pending = this.#pending
    if (!pending.waiting) return route.gone?.()
    const request = new HandshakeRequest({
      url: route.url,
      headers: headersOf(this.#req),
      params: route.params,
      address: plainAddress(route.address),
      native: route.native,
    })
    app.handle({
      request,
      via: route.via,
      accept: (upgrade) => this.#accept(upgrade, app, acceptor, route),
      reject: (status, headers, body) => {
        if (this.#take(route) !== undefined) this.#respond(route, { status, headers, body }, app)
      },
      onAbort: (callback) => {
        const abort = (): void => {
          if (this.#abort !== abort) return
          this.#abort = undefined
          route.gone?.()
          callback()
        }
        this.#abort = abort
        pending.onGone(abort)
      },
    })
  }

  #accept(upgrade: Upgrade, app: Linkspan<unknown>, acceptor: Acceptor, route: HostRoute): Transport {
    const { protocol, headers, sink } = upgrade
    const transport = new WsTransport(this.#socket, sink)
    const early = this.#take(route)
    if (early === undefined) transport.fail()
    else {
      this.#opening = { acceptor, transport, early, lines: linesOf({ protocol, headers: {} }) }
      this.#respond(route, { status: 101, headers, body: '' }, app)
    }
    return transport
  }

  /** The application answers; there may be nobody left to hear it. */
  #take(route: HostRoute): Buffer | undefined {
    this.#abort = undefined
    const early = this.#pending?.take()
    if (early === undefined) route.gone?.()
    return early
  }

  #respond(route: HostRoute, answer: HttpRefusal, { options }: Linkspan<unknown>): void {
    this.#state = 'answering'
    this.#patience = options
    // The framework lives in real time, whatever clock the application has.
    this.#deadline = setTimeout(() => this.#socket.destroy(), options.handshakeTimeout)
    try {
      route.respond(answer)
    } catch {
      this.#socket.destroy()
    }
  }

  /** What the framework's response consists of, as it is written. */
  #write(bytes: Buffer, callback: (error?: Error | null) => void): void {
    if (this.#state === 'routed') this.#answeredByHost()
    // Nobody is left to write to: what a framework answers then is no error of its own.
    if (this.#state === 'left' || this.#socket.destroyed) return callback()
    if (this.#opening === undefined || this.#res.statusCode !== 101) {
      this.#socket.write(bytes, callback)
      return
    }
    this.#drafted += bytes.toString('latin1')
    callback()
  }

  /** The framework answers, without the application. */
  #answeredByHost(): void {
    this.#state = 'answering'
    if (this.#pending === undefined) {
      // Somebody else listens too: what nobody has a route for here is theirs, and so is what they have answered.
      const taken = this.#socket.destroyed || this.#socket.bytesWritten !== this.#writtenBefore
      if (taken || this.#res.statusCode === 404) this.#state = 'left'
      return
    }
    this.#pending.take()
    this.#socket.resume()
    this.#abort?.()
  }

  #finished(): void {
    const opening = this.#opening
    const left = this.#state === 'left'
    this.#end()
    if (opening !== undefined && this.#res.statusCode === 101) return this.#open(opening)
    if (!left) {
      this.#socket.end()
      linger(this.#socket, this.#patience)
    }
    opening?.transport.fail()
  }

  #open({ acceptor, transport, early, lines }: Opening): void {
    const all = [...linesOfDraft(this.#drafted), ...lines]
    const ws = acceptor.accept(this.#req, this.#socket, early, all)
    if (ws === undefined) transport.fail()
    else transport.open(ws)
  }

  /** The response is over for everybody, perhaps because the framework gave it up. */
  #discarded(): void {
    // A framework keeps its response with its request, which lives as long as the connection.
    this.#res.detachSocket(this.#draft)
    if (this.#state !== 'over' && this.#state !== 'left' && this.#pending !== undefined)
      this.#socket.destroy()
  }

  readonly #gone = (): void => {
    const opening = this.#opening
    this.#abort?.()
    this.#end()
    opening?.transport.fail()
  }

  #end(): void {
    this.#state = 'over'
    this.#opening = undefined
    clearTimeout(this.#deadline)
    this.#socket.off('close', this.#gone)
    // Only now is the response over for those who wait for its 'close'. A tick later its last write is over too: what is
    // destroyed before that makes an error of it.
    process.nextTick(() => this.#draft.destroy())
  }
}
