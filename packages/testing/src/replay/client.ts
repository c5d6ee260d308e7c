import type { Linkspan } from '@linkspan/core'
import type { TestHost } from '../host.js'
import type { Attempt, ConnectOptions, Peer } from '../peer.js'
import type { Act } from './acts.js'
import { filler } from './filler.js'

/** Makes the payload of the `number`th message of a recorded client, from 0; `undefined`: a filler of its size. */
export type ReplayedMessage = (
  number: number,
  size: number,
  kind: 'text' | 'binary',
) => string | Uint8Array | undefined

/** The recorded client once more, and whoever else acted on its connection from outside. */
export class ReplayedClient {
  readonly #app: Linkspan<unknown>
  readonly #message: ReplayedMessage
  readonly #attempt: Attempt
  #peer: Peer | undefined
  #over = false
  /** What is to be done once there is a peer to do it. */
  #later: ((peer: Peer) => void)[] = []
  #messages = 0
  /** After how many messages it does not read, the next one first. */
  readonly #stalls: number[] = []
  #sent = 0
  #stalled = false

  constructor(
    app: Linkspan<unknown>,
    host: TestHost,
    { connect, message }: { connect: ConnectOptions; message: ReplayedMessage },
  ) {
    this.#app = app
    this.#message = message
    app.observe({ watch: () => ({ sent: () => this.#sentOne() }) })
    this.#attempt = host.connect(connect)
    this.#attempt.answer.then(
      (answer) => {
        if (!answer.upgraded) return this.#end()
        this.#peer = answer.peer
        this.#stallIfDue()
        for (const act of this.#later.splice(0)) act(answer.peer)
        return answer.peer.closed.then(() => this.#end())
      },
      () => this.#end(),
    )
  }

  perform(act: Act): void {
    switch (act.act) {
      case 'send':
        return this.#send(act)
      case 'mute':
      case 'unmute':
        return this.#asPeer((peer) => {
          peer.answersPings = act.act === 'unmute'
        })
      case 'stall':
        this.#stalls.push(act.after)
        return this.#stallIfDue()
      case 'resume':
        return this.#asPeer((peer) => this.#resume(peer))
      case 'close':
        return this.#asPeer((peer) => (act.code === 1005 ? peer.close() : peer.close(act.code)))
      case 'deafen':
        return this.#asPeer((peer) => {
          peer.answersClose = false
        })
      case 'cut':
        return (this.#peer ?? this.#attempt).cut()
      case 'violate':
        return this.#asPeer((peer) => violate(peer, act.code, this.#app.options.maxPayload))
      case 'drain':
        void this.#app.drain({ code: act.code, reason: act.reason })
        return
      case 'disconnect':
        for (const conn of this.#app.connections) {
          void this.#app.disconnect(conn, { code: act.code, reason: act.reason })
        }
    }
  }

  /** Cuts whatever is left. */
  leave(): void {
    ;(this.#peer ?? this.#attempt).cut()
  }

  #send({ kind, size }: Extract<Act, { act: 'send' }>): void {
    const number = this.#messages
    this.#messages += 1
    const data = this.#message(number, size, kind) ?? filler(kind, size)
    this.#asPeer((peer) => peer.send(data))
  }

  /** A client that was not answered yet does it once it is: it cannot have done it before. */
  #asPeer(act: (peer: Peer) => void): void {
    if (this.#over) return
    if (this.#peer === undefined) this.#later.push(act)
    else act(this.#peer)
  }

  #sentOne(): void {
    this.#sent += 1
    this.#stallIfDue()
  }

  #stallIfDue(): void {
    const [next] = this.#stalls
    if (this.#stalled || next === undefined || this.#sent < next || this.#peer === undefined) return
    this.#stalls.shift()
    this.#stalled = true
    this.#peer.stall?.()
  }

  #resume(peer: Peer): void {
    this.#stalled = false
    peer.resume()
    this.#stallIfDue()
  }

  #end(): void {
    this.#over = true
    this.#later = []
  }
}

function violate(peer: Peer, code: number, maxPayload: number): void {
  if (code === 1009) peer.send(new Uint8Array(maxPayload + 1))
  else if (code === 1007) peer.sendText(new Uint8Array([0xff]))
  // A control frame carries at most 125 bytes (RFC 6455 §5.5).
  else peer.ping(new Uint8Array(126))
}
