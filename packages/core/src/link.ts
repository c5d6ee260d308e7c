import { Admission } from './admission.js'
import { CloseCode, type CloseInfo } from './close.js'
import type { Handler } from './compose.js'
import type { Connection } from './connection.js'
import type { Deferred } from './deferred.js'
import type { Effect } from './effect.js'
import { type ErrorCode, LinkspanError, wrap } from './errors.js'
import type { Event, Timer } from './event.js'
import type { Events } from './events.js'
import { closedError, isClosedError, isRefusal, rejectionOf } from './failure.js'
import type { Beating } from './heartbeat.js'
import type { Identity } from './identity.js'
import { Inbox } from './inbox.js'
import { Interpreter } from './interpreter.js'
import { LiveConnection } from './live-connection.js'
import type { Membership } from './membership.js'
import { Message } from './message.js'
import type { Handled, Middleware } from './middleware.js'
import { Outbox, type SendResult } from './outbox.js'
import { type HeartbeatOptions, MeasuredLine, paces } from './pace.js'
import type { RunInContext } from './ports/context.js'
import type { AroundMessage, ConnectionEvent, Outcome } from './ports/observer.js'
import {
  type Handshake,
  type Payload,
  ProtocolViolation,
  type Transport,
  type TransportSink,
} from './ports/transport.js'
import { nothingRead } from './reader.js'
import type { Rejection } from './rejection.js'
import type { Releases } from './release.js'
import { dropRenewalHooks, type RenewalOwner, runRenewalHooks } from './renewal-hooks.js'
import type { HandshakeRequest } from './request.js'
import type { Runtime } from './runtime.js'
import type { Closed, Closing, ClosingStage, LifecycleState } from './state.js'
import { Timers, type TimersOwner } from './timers.js'
import type { Watched } from './watched.js'

const NO_DATA: object = Object.freeze({})
const PIPELINE_SETTLED: Event = { type: 'pipeline.settled' }
const RELEASED: Event = { type: 'resources.released' }
const INBOX_FINISHED: Event = { type: 'inbox.finished' }

/**
 * One connection from the inside: does what the machine's effects say, and turns what the transport and the clock do
 * into events. Message traffic passes the machine by: it only asks for the phase. What not every connection needs is
 * made when it is first needed.
 */
export class Link extends Interpreter implements TransportSink, Beating, TimersOwner, RenewalOwner {
  /** One of its own among those of this node. */
  readonly serial: number
  readonly runtime: Runtime
  readonly request: HandshakeRequest
  readonly protocol: string
  /** What carries it. */
  readonly via: string
  readonly connection: Connection<never> = new LiveConnection(this)
  readonly #startedAt: number
  #duration: number | undefined
  readonly #handler: Handler
  /** While there are any. */
  #timers: Timers | undefined
  /** Once there was a message. */
  #inbox: Inbox | undefined
  /** Messages go to the handler. */
  #handling = false
  #afterwards: 'runPipeline' | 'startInbox' | undefined
  #run: RunInContext | undefined

  /** Those who watch it, if anybody does. */
  watched: Watched | undefined

  /** Until it is active; of one that never was, for good. */
  admission: Admission | undefined
  transport: Transport | undefined = undefined
  identity: Identity | undefined = undefined
  data: object = NO_DATA
  scope: string | undefined = undefined
  outbox: Outbox | undefined = undefined
  membership: Membership | undefined = undefined
  releases: Releases | undefined = undefined
  controller: AbortController | undefined = undefined
  /** Every middleware has returned what `next()` answered, as it was: the pipeline settles when `end` does. */
  unwrapped = false
  /** What every middleware awaits in `next()`. */
  end: Promise<CloseInfo> | undefined = undefined
  #ended: ((info: CloseInfo) => void) | undefined = undefined
  /** What `conn.closed` is. */
  closing: Deferred<CloseInfo> | undefined = undefined
  /** How it ended, once that is known. */
  info: CloseInfo | undefined = undefined

  // of the heartbeat
  pace: HeartbeatOptions
  /** What its pings have found out, where the pace depends on it. */
  line: MeasuredLine | undefined = undefined
  seen = 0
  missed = 0
  slot = -1
  index = -1
  rtt: number | undefined = undefined
  #pingedAt = -1

  constructor(
    runtime: Runtime,
    handshake: Handshake,
    protocol: string,
    stack: readonly Middleware<never, unknown>[],
    handler: Handler,
  ) {
    super(runtime.options.refuse === 'visibly')
    this.runtime = runtime
    this.serial = runtime.nextSerial()
    this.request = handshake.request
    this.protocol = protocol
    this.via = handshake.via ?? ''
    this.#handler = handler
    this.#startedAt = runtime.options.clock.monotonic()
    this.pace = runtime.options.heartbeat?.paces[0] ?? paces.lan
    this.admission = new Admission(this, handshake, stack)
    runtime.counters.connections += 1
    runtime.counters.connecting += 1
    runtime.registry.add(this)
    this.watched = runtime.observation.watch(this.connection)
    handshake.onAbort(() => this.dispatch({ type: 'handshake.aborted' }))
  }

  /** Put together for those who ask: kept, it would be the longest part of many connections. */
  get id(): string {
    return this.runtime.idOf(this.serial)
  }

  /** Begins the life. With a refusal, nothing of the pipeline runs. */
  start(refusal: Rejection | undefined): void {
    // An adapter whose socket was dead already has said so from within onAbort.
    if (this.ending) this.dispatch({ type: 'pipeline.settled' })
    else if (refusal === undefined) this.begin(this.runtime.options.refuse === 'visibly')
    else this.dispatch({ type: 'pipeline.refused', rejection: refusal, settled: true })
  }

  // what the machine says ───────────────────────────────────────────────────────────────────────────────────────────

  protected happened(event: Event, from: LifecycleState, to: LifecycleState): void {
    this.watched?.input(event, from, to)
  }

  protected moved(from: LifecycleState, to: LifecycleState): void {
    this.runtime.counters[from] -= 1
    this.runtime.counters[to] += 1
    if (this.watched !== undefined || this.runtime.observers.has('transition'))
      this.emit('transition', { from, to })
  }

  protected settled(): void {
    const afterwards = this.#afterwards
    this.#afterwards = undefined
    if (afterwards === 'runPipeline') this.#runPipeline()
    else if (afterwards === 'startInbox') this.#startInbox()
    if (!this.#immediate) this.#timers?.arm()
  }

  /** What is waited for is only a turn of promises: no deadline is needed for that. */
  get #immediate(): boolean {
    return this.ending ? this.unwrapped && this.info !== undefined : this.admission?.immediate === true
  }

  #runPipeline(): void {
    if (this.watched === undefined) this.admission?.run()
    else this.watched.handshake(() => this.admission?.run())
  }

  #startInbox(): void {
    this.#handling = true
    this.#inbox?.start()
  }

  #inboxOf(): Inbox {
    this.#inbox ??= new Inbox(this, this.#handling)
    return this.#inbox
  }

  protected perform(effect: Effect): void {
    switch (effect.type) {
      case 'schedule':
        this.#timers ??= new Timers(this)
        return this.#timers.schedule(effect)
      case 'cancel':
        return this.#timers?.cancel(effect.timer)
      case 'raise':
        return this.dispatch(effect.event)
      case 'runPipeline':
        this.#afterwards = 'runPipeline'
        return
      case 'acceptUpgrade':
        return this.#acceptUpgrade()
      case 'rejectUpgrade':
        return this.admission?.refuse(effect.rejection)
      case 'announceRejection':
        return this.#announceRejection(effect.rejection)
      case 'activate':
        return this.#activate()
      case 'announceExpiry':
        return this.#announceExpiry(effect.at)
      case 'deactivate':
        return this.#deactivate()
      case 'sendClose':
        return this.transport?.close(effect.code, effect.reason)
      case 'terminateSocket':
        return this.transport?.terminate()
      case 'dropBacklog':
        return this.#inbox?.stop()
      case 'finishInbox':
        return this.#finishInbox()
      case 'unwind':
        this.#unwind()
        return
      case 'release':
        return this.#release()
      case 'abandon':
        return this.#abandon(effect.stage)
      case 'finish':
        return this.#finish()
    }
  }

  #acceptUpgrade(): void {
    try {
      this.transport = this.admission?.accept()
    } catch (thrown) {
      this.report(
        'LINKSPAN_TRANSPORT',
        'the transport threw instead of accepting: adapters must not.',
        thrown,
      )
      this.closed(CloseCode.abnormal, '')
    }
  }

  #announceRejection({ status, code, reason }: Rejection): void {
    if (this.admission !== undefined) this.admission.status = status
    this.runtime.counters.rejected += 1
    this.#admitted('refused', { status, code, reason })
    this.emit('reject', { status, code, reason })
  }

  /** The handshake ended so; what comes after the first such word is not about it. */
  #admitted(outcome: Outcome['outcome'], refusal?: Omit<Outcome, 'outcome' | 'duration'>): void {
    if (this.admission?.settle()) this.watched?.admitted({ outcome, duration: this.age, ...refusal })
  }

  #activate(): void {
    const { admission } = this
    this.admission = undefined
    // That of the handshake was cancelled, and there may be no other.
    this.#timers = undefined
    this.runtime.counters.opened += 1
    this.#setPace()
    this.runtime.wheel?.add(this)
    this.#alive()
    admission?.activated()
    this.watched?.admitted({ outcome: 'opened', duration: this.age })
    this.membership?.activate()
    this.outbox?.flush()
    this.#inContext(() => this.runtime.journal.opened(this.connection, this.age))
    this.emit('open')
    this.#afterwards = 'startInbox'
  }

  #announceExpiry(expiresAt: number): void {
    this.emit('expiring', { expiresAt, in: Math.max(0, expiresAt - this.runtime.options.clock.now()) })
  }

  #deactivate(): void {
    this.runtime.wheel?.remove(this)
    this.admission?.end()
    this.membership?.leaveAll()
    this.outbox?.end('closing')
    dropRenewalHooks(this)
    this.controller?.abort(closedError())
  }

  /** Resolves to how it ended. Without an object of its own around it: every connection has one. */
  untilEnd(): Promise<CloseInfo> {
    this.end ??=
      this.info === undefined
        ? new Promise((resolve) => {
            this.#ended = resolve
          })
        : Promise.resolve(this.info)
    return this.end
  }

  /** Settles what is known of the end, and lets every middleware go on after its `next()`. */
  #unwind(): CloseInfo {
    const { ending } = this.state as Closing | Closed
    const { code, reason, by, clean, wireCode } = ending
    const duration = this.#duration as number
    if (this.info !== undefined) return this.info
    this.info = Object.freeze({ code, reason, by, clean, duration, wireCode })
    this.#ended?.(this.info)
    if (this.unwrapped) void this.end?.then(() => this.#unwound())
    return this.info
  }

  #unwound(): void {
    this.unwrapped = false
    this.dispatch(PIPELINE_SETTLED)
  }

  #finishInbox(): void {
    this.#duration ??= this.age
    if (this.watched !== undefined) this.#admitted('aborted')
    if (this.#inbox === undefined) this.dispatch(INBOX_FINISHED)
    else this.#inbox.finish()
  }

  #release(): void {
    const released = (): void => this.dispatch(RELEASED)
    const pending = this.#inContext(() => this.releases?.run())
    if (pending === undefined) released()
    else void pending.then(released)
  }

  #abandon(stage: ClosingStage): void {
    const what =
      stage === 'handler' ? 'a message handler' : stage === 'pipeline' ? 'a middleware' : 'a deferred release'
    this.report('LINKSPAN_RELEASE_TIMEOUT', `${what} did not end within releaseTimeout, and was abandoned.`)
    this.#inContext(() => this.releases?.abandon())
  }

  #finish(): void {
    const info = this.#unwind()
    // What was deferred while the last release ran.
    this.releases?.abandon()
    this.transport = undefined
    this.admission?.forget()
    this.runtime.registry.remove(this)
    this.#inContext(() => this.runtime.journal.ended(this.connection, info, this.admission))
    this.emit('close', info)
    this.closing?.resolve(info)
    this.runtime.drain?.connectionClosed(this)
  }

  // what the transport says ─────────────────────────────────────────────────────────────────────────────────────────

  message(data: Uint8Array | ArrayBuffer, binary: boolean): void {
    this.#alive()
    const { counters } = this.runtime
    counters.received += 1
    const message = new Message(data, binary, this.transport?.borrows)
    counters.receivedBytes += message.size
    this.watched?.received(message)
    if (this.ending) this.drop('in', message.size, 'closing')
    else if (!this.admission?.offer(message)) this.#inboxOf().receive(message)
  }

  /** A peer that pings and does not read must not fill our memory with pongs. */
  ping(): void {
    this.#alive()
    if ((this.transport?.bufferedAmount ?? 0) > this.runtime.options.outbox.bytes) this.overflow()
  }

  pong(): void {
    this.#alive()
    if (this.#pingedAt < 0) return
    this.rtt = this.runtime.options.clock.monotonic() - this.#pingedAt
    this.#pingedAt = -1
    this.watched?.ponged(this.rtt)
    this.line?.answered(this.rtt)
    this.#adjustPace()
  }

  drain(): void {
    if (this.phase !== 'active' || this.outbox === undefined) return
    if (this.outbox.blocked) this.watched?.flow('drained')
    this.outbox.flush()
  }

  closed(code: number, reason: string, error?: Error): void {
    const violation = error instanceof ProtocolViolation ? error : undefined
    if (violation)
      this.report('LINKSPAN_VIOLATION', 'the peer broke the WebSocket protocol, and was cut off.', error)
    this.dispatch({ type: 'transport.closed', code, reason, violation })
  }

  /** Milliseconds since the upgrade request arrived. */
  get age(): number {
    return this.runtime.options.clock.monotonic() - this.#startedAt
  }

  // what the heartbeat says ─────────────────────────────────────────────────────────────────────────────────────────

  #alive(): void {
    this.seen = this.runtime.ticks
    this.missed = 0
  }

  /** Milliseconds since the peer was last heard of, as exact as the heartbeat's ticks; 0 before active. */
  get idle(): number {
    return this.phase === 'active' ? this.runtime.sinceTick(this.seen) : 0
  }

  /** Messages that wait for the handler. */
  get backlog(): number {
    return this.#inbox?.length ?? 0
  }

  get paused(): boolean {
    return this.#inbox?.paused ?? false
  }

  beat(): void {
    const missed = this.#pingedAt >= 0
    if (missed) {
      this.line?.missed()
      this.#adjustPace()
    }
    this.#pingedAt = this.runtime.options.clock.monotonic()
    this.transport?.ping()
    this.watched?.pinged(missed)
  }

  #setPace(): void {
    const { heartbeat } = this.runtime.options
    if (heartbeat === undefined) return
    this.pace = this.#paceBy(() => heartbeat.begin(this.request))
    if (heartbeat.adjust !== undefined) this.line = new MeasuredLine(this.pace)
  }

  #adjustPace(): void {
    const { line } = this
    if (line === undefined) return
    const from = this.pace
    const to = this.#paceBy(() => this.runtime.options.heartbeat?.adjust?.(line))
    if (to === from) return
    this.pace = to
    line.pace = to
    this.emit('heartbeat', { from, to })
  }

  /** What the policy answers; the pace stays where it answers none of its own, or throws. */
  #paceBy(policy: () => HeartbeatOptions | undefined): HeartbeatOptions {
    try {
      const pace = policy()
      if (pace !== undefined && this.runtime.options.heartbeat?.paces.includes(pace)) return pace
      this.report('LINKSPAN_OPTION', 'the heartbeat policy answered a pace that is none of its `paces`.')
    } catch (thrown) {
      this.report('LINKSPAN_MIDDLEWARE', 'the heartbeat policy threw.', thrown)
    }
    return this.pace
  }

  lose(): void {
    this.cut(CloseCode.noHeartbeat, 'no heartbeat')
  }

  // what its parts say ──────────────────────────────────────────────────────────────────────────────────────────────

  /** Sends one message; `binary` false: text, as a string or as its UTF-8 bytes. */
  deliver(data: Payload, binary: boolean): SendResult {
    if (this.phase !== 'active' || this.transport === undefined) {
      if (this.ending) return 'closed'
      this.outbox ??= new Outbox(this, true)
      return this.outbox.push(data, binary)
    }
    if (this.outbox?.blocked) return this.outbox.push(data, binary)
    const result = this.transport.send(data, binary)
    if (result === 'sent') {
      this.handedOver(data)
      return result
    }
    return this.#held(result, data, binary)
  }

  /** Sends a message on. A transport that lends its bytes takes them back as they are, without a copy. */
  forward(message: Message): SendResult {
    const { transport } = this
    const binary = message.kind === 'binary'
    if (this.phase !== 'active' || transport?.borrows !== true || this.outbox?.blocked) {
      return this.deliver(message.raw(), binary)
    }
    const data = message.lent()
    const result = transport.send(data, binary)
    if (result === 'sent') {
      this.handedOver(data)
      return result
    }
    return this.#held(result, message.raw(), binary)
  }

  /** The transport's buffer is full, with this message in it or not. */
  #held(result: 'queued' | 'dropped', data: Payload, binary: boolean): SendResult {
    this.outbox ??= new Outbox(this, false)
    this.outbox.block()
    if (result === 'dropped') return this.outbox.push(data, binary)
    this.handedOver(data)
    return result
  }

  /** The transport has taken a message. */
  handedOver(data: Payload): void {
    this.runtime.counters.sent += 1
    this.watched?.sent(data)
  }

  handle(message: Message): Handled {
    const { watched } = this
    const around = watched?.surrounds ? watched.around(message) : undefined
    if (around !== undefined) return this.#handleWithin(around, message)
    return this.#run === undefined
      ? this.#handler(this.connection, message)
      : this.#run(this.#handler, this.connection, message)
  }

  /** Apart, since a method with a closure in it makes room for that whenever it is called. */
  #handleWithin(around: AroundMessage, message: Message): Handled {
    return this.#inContext(() => around(() => this.#handler(this.connection, message)))
  }

  handlerFailed(thrown: unknown): void {
    const { code, closeReason } = rejectionOf(thrown)
    if (!(isRefusal(thrown) || (this.ending && this.isOwnAbort(thrown)))) {
      this.report('LINKSPAN_HANDLER', 'a message handler threw.', thrown)
    }
    this.#inboxOf().stop()
    this.dispatch({ type: 'close.requested', code, reason: closeReason, from: 'handler' })
  }

  /** The identity was renewed. */
  decideAgain(): void {
    this.#inContext(() => runRenewalHooks(this))
  }

  /** A hook does not let the renewed identity stay; or it failed, and nobody can tell. */
  renewalFailed(thrown: unknown): void {
    if (!(isRefusal(thrown) || (this.ending && this.isOwnAbort(thrown)))) {
      this.report('LINKSPAN_MIDDLEWARE', 'a hook of a renewal threw.', thrown)
    }
    this.#inboxOf().stop()
    this.dispatch({ type: 'pipeline.refused', rejection: rejectionOf(thrown), settled: false })
  }

  /** A timer of its own is over. A read that still waits for the client then has run out of time with the handshake. */
  timerFired(timer: Timer): void {
    if (timer === 'handshake' && this.admission?.reading) {
      this.dispatch({ type: 'pipeline.refused', rejection: nothingRead(), settled: false })
    } else {
      this.dispatch({ type: 'timer.fired', timer })
    }
  }

  /** The oldest message held before active. */
  takeHeld(): Message | undefined {
    return this.#inbox?.take()
  }

  /** The innermost `next()` was called: what is ambient there is ambient in every handler, hook and release. */
  captureContext(): void {
    const { context } = this.runtime.options
    if (context === undefined) return
    const capture = (): void => {
      this.#run = context.capture()
    }
    if (this.watched === undefined) capture()
    else this.watched.context(capture)
  }

  /** Whether something was thrown only because we aborted it. */
  isOwnAbort(thrown: unknown): boolean {
    return (
      isClosedError(thrown) || (this.controller !== undefined && thrown === this.controller.signal.reason)
    )
  }

  cut(code: number, reason: string): void {
    this.dispatch({ type: 'terminate.requested', code, reason })
  }

  /** The peer reads too slowly. */
  overflow(): void {
    this.cut(CloseCode.slowConsumer, 'slow consumer')
  }

  drop(direction: 'in' | 'out', bytes: number, reason: string): void {
    this.runtime.counters[direction === 'in' ? 'droppedIn' : 'droppedOut'] += 1
    this.emit('drop', { direction, reason, bytes })
  }

  report(code: ErrorCode, message: string, thrown?: unknown): void {
    const error = thrown === undefined ? new LinkspanError(code, message) : wrap(code, message, thrown)
    this.watched?.event('error', [error])
    this.#inContext(() => this.runtime.report(error, this.connection))
  }

  emit<E extends Exclude<keyof Events, 'error'>>(event: E, ...details: Tail<Parameters<Events[E]>>): void {
    const { observers } = this.runtime
    this.watched?.event(event as ConnectionEvent, details)
    if (!observers.has(event)) return
    const args = [this.connection, ...details] as unknown as Parameters<Events[E]>
    this.#inContext(() => observers.emit(event, ...args))
  }

  #inContext<Result>(call: () => Result): Result {
    return this.#run === undefined ? call() : this.#run(call)
  }
}

type Tail<Items extends readonly unknown[]> = Items extends readonly [unknown, ...infer Rest] ? Rest : never
