import type { Handshake, Linkspan, Transport, TransportSink, Upgrade } from '@linkspan/core'

/**
 * Looks on at the port between a transport and the core, and notes what breaks its contract although no application
 * would ever see it: the core shrugs such things off, and another one might not.
 */
export class PortWatch {
  readonly problems: string[] = []
  readonly #pauses: boolean
  #open = 0

  /** `pauses`: whether the transport is declared to. */
  constructor(app: Linkspan<unknown>, pauses: boolean) {
    this.#pauses = pauses
    const handle = app.handle.bind(app)
    app.handle = (handshake) => handle(this.#watchHandshake(handshake))
  }

  /** Transports that have not said that they are closed. */
  get open(): number {
    return this.#open
  }

  /** What is left to say when every connection is over. */
  end(): readonly string[] {
    const open = this.#open === 0 ? [] : [`sink.closed() never came for ${this.#open} transports`]
    return [...this.problems, ...open]
  }

  #watchHandshake(handshake: Handshake): Handshake {
    let answer: string | undefined
    const { request, via } = handshake
    return {
      request,
      ...(via === undefined ? {} : { via }),
      accept: (upgrade) => {
        answer ??= 'accept()'
        return this.#accept(handshake, upgrade)
      },
      reject: (status, headers, body) => {
        answer ??= 'reject()'
        handshake.reject(status, headers, body)
      },
      onAbort: (callback) =>
        handshake.onAbort(() => {
          if (answer !== undefined) this.problems.push(`the abort was told after ${answer}`)
          answer ??= 'an abort'
          callback()
        }),
    }
  }

  #accept(handshake: Handshake, upgrade: Upgrade): Transport {
    this.#open += 1
    const transport = handshake.accept({ ...upgrade, sink: this.#watchSink(upgrade.sink) })
    const pauses = transport.pause !== undefined && transport.resume !== undefined
    if (pauses !== this.#pauses) {
      this.problems.push(`supports.pause is ${this.#pauses}, and the transport ${pauses ? 'can' : 'cannot'}`)
    }
    return this.#watchTransport(transport)
  }

  #watchSink(sink: TransportSink): TransportSink {
    let closed = false
    const notAfterClosed = (call: string): void => {
      if (closed) this.problems.push(`sink.${call}() after sink.closed()`)
    }
    return {
      message: (data, binary) => {
        notAfterClosed('message')
        sink.message(data, binary)
      },
      ping: () => {
        notAfterClosed('ping')
        sink.ping()
      },
      pong: () => {
        notAfterClosed('pong')
        sink.pong()
      },
      drain: () => {
        notAfterClosed('drain')
        sink.drain()
      },
      closed: (code, reason, error) => {
        notAfterClosed('closed')
        if (!closed) this.#open -= 1
        closed = true
        sink.closed(code, reason, error)
      },
    }
  }

  /** The same transport, whose calls must not throw. */
  #watchTransport(transport: Transport): Transport {
    const call = <Args extends unknown[], Result>(name: string, method: (...args: Args) => Result) => {
      return (...args: Args): Result => {
        try {
          return method.apply(transport, args)
        } catch (thrown) {
          this.problems.push(`transport.${name}() threw: ${String(thrown)}`)
          throw thrown
        }
      }
    }
    const { pause, resume, borrows } = transport
    return {
      get bufferedAmount() {
        return transport.bufferedAmount
      },
      ...(borrows === undefined ? {} : { borrows }),
      send: call('send', transport.send),
      ping: call('ping', transport.ping),
      close: call('close', transport.close),
      terminate: call('terminate', transport.terminate),
      ...(pause === undefined ? {} : { pause: call('pause', pause) }),
      ...(resume === undefined ? {} : { resume: call('resume', resume) }),
    }
  }
}
