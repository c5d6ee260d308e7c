import { forbidden, type TopicAction } from './access.js'
import { answered } from './admission.js'
import { CloseCode, type CloseInfo, checkCloseCode, cutReason } from './close.js'
import type { Connection, Sendable } from './connection.js'
import { Deferred, rejected } from './deferred.js'
import { LinkspanError, toError } from './errors.js'
import { closedError, misuse } from './failure.js'
import { extend, type Identity, type IdentityOf, settle } from './identity.js'
import { revealThrough } from './inside.js'
import type { Link } from './link.js'
import { Membership } from './membership.js'
import { Message, notSendable } from './message.js'
import { MAX_DELAY, whole } from './option-checks.js'
import type { SendResult } from './outbox.js'
import type { Heartbeat } from './pace.js'
import { Rejection, type RejectionInit } from './rejection.js'
import { Releases } from './release.js'
import { addRenewalHook } from './renewal-hooks.js'
import type { HandshakeRequest } from './request.js'
import type { LifecycleState } from './state.js'
import { type Audience, audience, type Listening, topicKey } from './topics.js'

const OPENED = Promise.resolve(true)
const NO_TOPICS: ReadonlySet<string> = new Set()

/** What users hold: everything they may ask of a connection, and nothing of its inside within their reach. */
export class LiveConnection implements Connection<never> {
  readonly #link: Link

  constructor(link: Link) {
    this.#link = link
  }

  static {
    revealThrough((conn) => (conn as LiveConnection).#link)
  }

  get id(): string {
    return this.#link.id
  }

  get state(): LifecycleState {
    return this.#link.phase
  }

  get request(): HandshakeRequest {
    return this.#link.request
  }

  get protocol(): string {
    return this.#link.protocol
  }

  get via(): string {
    return this.#link.via
  }

  get data(): never {
    return this.#link.data as never
  }

  get identity(): IdentityOf<never> {
    return (this.#link.identity ?? null) as IdentityOf<never>
  }

  get topics(): ReadonlySet<string> {
    return this.#link.membership?.joined ?? NO_TOPICS
  }

  get bufferedAmount(): number {
    return (this.#link.transport?.bufferedAmount ?? 0) + (this.#link.outbox?.bytes ?? 0)
  }

  get backlog(): number {
    return this.#link.backlog
  }

  get rtt(): number | undefined {
    return this.#link.rtt
  }

  get signal(): AbortSignal {
    const link = this.#link
    if (link.controller === undefined) {
      link.controller = new AbortController()
      if (link.ending) link.controller.abort(closedError())
    }
    return link.controller.signal
  }

  get closed(): Promise<CloseInfo> {
    const link = this.#link
    link.closing ??= new Deferred(link.phase === 'closed' ? link.info : undefined)
    return link.closing.promise
  }

  get opened(): Promise<boolean> {
    return this.#link.admission?.opened ?? OPENED
  }

  get heartbeat(): Heartbeat | undefined {
    const { pace, line, rtt, phase, runtime } = this.#link
    if (phase !== 'active' || runtime.wheel === undefined) return undefined
    const { name = 'custom', interval, misses } = pace
    return { name, interval, misses, rtt: line?.rtt ?? rtt, jitter: line?.jitter, loss: line?.loss }
  }

  get idle(): number {
    return this.#link.idle
  }

  authenticate(identity: Identity): void {
    const link = this.#link
    if (link.ending) throw closedError('authenticate')
    if (link.phase !== 'connecting') {
      throw misuse(
        'authenticate() settles the identity once, before the pipeline ends: use renew() to extend it.',
      )
    }
    link.identity = settle(identity)
    link.runtime.registry.index(link, 'subject')
    link.runtime.registry.index(link, 'tenant')
    link.dispatch({ type: 'identity.settled', expiresAt: identity.expiresAt })
  }

  renew(identity: Identity): void {
    const link = this.#link
    if (link.ending) throw closedError('renew')
    if (link.phase === 'connecting') throw misuse('renew() extends an identity: authenticate() comes first.')
    const before = link.identity as Identity
    const after = extend(link.identity ?? null, identity)
    link.identity = after
    link.dispatch({ type: 'identity.renewed', expiresAt: after.expiresAt })
    link.decideAgain()
    for (const topic of link.membership?.all ?? []) if (!this.#may('join', topic)) this.leave(topic)
    link.emit('renewed', { before, after })
  }

  onRenewed(hook: () => void | Promise<void>): void {
    if (!this.#link.ending) addRenewalHook(this.#link, hook)
  }

  reject(rejection: RejectionInit): never {
    throw new Rejection(rejection)
  }

  setHeader(name: string, value: string): void {
    const link = this.#link
    if (link.ending) throw closedError('setHeader')
    if (link.admission === undefined) throw answered()
    link.admission.setHeader(name, value)
  }

  accept(): Promise<void> {
    const link = this.#link
    if (link.ending) return rejected(closedError('accept'))
    if (link.transport !== undefined)
      return rejected(misuse('accept() answers 101 once, before the pipeline ends.'))
    link.dispatch({ type: 'accept.requested' })
    return Promise.resolve()
  }

  read({ timeout = 3_000 }: { readonly timeout?: number } = {}): Promise<Message> {
    const link = this.#link
    if (link.ending) return rejected(closedError('read'))
    if (link.admission === undefined || link.transport === undefined) {
      return rejected(
        misuse('read() works between accept() and the end of the pipeline: use .message() after it.'),
      )
    }
    try {
      return link.admission.read(whole('timeout', timeout, 1, MAX_DELAY))
    } catch (thrown) {
      return rejected(toError(thrown))
    }
  }

  send(data: Sendable): SendResult {
    const link = this.#link
    if (typeof data === 'string') return link.deliver(data, false)
    if (data instanceof Uint8Array || data instanceof ArrayBuffer) return link.deliver(data, true)
    if (!(data instanceof Message)) throw notSendable()
    return link.forward(data)
  }

  async drained(): Promise<void> {
    if (!this.#link.ending) await this.#link.outbox?.drained()
  }

  join(topic: string): void {
    const link = this.#link
    topicKey(undefined, topic)
    if (link.ending) return
    if (!this.#may('join', topic)) throw forbidden('join')
    link.membership ??= new Membership(link)
    link.membership.join(topic)
  }

  leave(topic: string): void {
    this.#link.membership?.leave(topic)
  }

  to(topic: string): Audience {
    const link = this.#link
    const { options, topics, cluster } = link.runtime
    if (options.scope !== undefined && link.admission !== undefined && !link.ending) {
      throw new LinkspanError(
        'LINKSPAN_SCOPE',
        'to() needs the scope, which is settled when the pipeline ends: address topics from a handler.',
      )
    }
    const { scope } = link
    const key = topicKey(scope, topic)
    const members = (): ReadonlySet<Link> => {
      if (!this.#may('publish', topic)) throw forbidden('publish')
      return topics.members(key)
    }
    const publish: Listening['publish'] = (data, binary) => cluster.publish(scope, topic, data, binary)
    return audience({ members, publish }, new Set<Link>([link]))
  }

  /** Asks the policies of a topic, and tells what they have decided. */
  #may(action: TopicAction, topic: string): boolean {
    const link = this.#link
    const allowed = link.runtime.policies.allow(action, this, topic)
    if (allowed !== undefined) link.emit('access', { action, topic, allowed })
    return allowed !== false
  }

  defer(release: () => void | Promise<void>, name: string = release.name): void {
    const link = this.#link
    link.releases ??= new Releases((thrown) =>
      link.report('LINKSPAN_RELEASE', 'a release that was deferred threw.', thrown),
    )
    link.releases.add(release, name || 'anonymous', link.runtime.options.clock.now())
    // Too late to wait for anything: what was taken is given back at once.
    if (link.phase === 'closed') link.releases.abandon()
  }

  close(code: number = CloseCode.normal, reason?: string): void {
    checkCloseCode(code)
    this.#link.dispatch({ type: 'close.requested', code, reason: cutReason(reason) })
  }

  terminate(): void {
    this.#link.cut(CloseCode.abnormal, '')
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.close()
    await this.closed
  }
}
