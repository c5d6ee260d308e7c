import { Writable } from 'node:stream'
import { ProtocolViolation } from '@linkspan/core'
import { WebSocket } from 'ws'
import { writeGathered } from './frames.js'
import type { WsTransport } from './transport.js'

const end: (this: Writable) => Writable = Writable.prototype.end

function endOnce(this: Writable): Writable {
  return this.writableEnded ? this : end.call(this)
}

/**
 * The socket of `ws`, which tells at once, and truly, how it ends. By itself `ws` reports the peer's close frame only
 * when TCP has ended too, and a violation as 1006.
 */
export class FramedSocket extends WebSocket {
  transport: WsTransport | undefined = undefined
  /** What was sent for a violation; `undefined` where it came after our own close frame, or before any. */
  violation: number | undefined = undefined

  /** Tells the transport, instead of listeners: five of them on each socket would take 300 bytes. */
  override emit(event: string | symbol, first?: unknown, second?: unknown): boolean {
    const { transport } = this
    switch (event) {
      case 'message':
        // One buffer: `binaryType` is 'nodebuffer'.
        transport?.received(first as Buffer, second as boolean)
        break
      case 'ping':
        transport?.pinged(first as Buffer)
        break
      case 'pong':
        transport?.ponged()
        break
      case 'error': {
        const code = this.violation
        const known = code === 1007 || code === 1009 ? code : 1002
        transport?.concluded(1006, '', new ProtocolViolation(known, code !== undefined, { cause: first }))
        break
      }
      case 'close':
        transport?.concluded(first as number, (second as Buffer).toString())
    }
    return true
  }

  /**
   * `ws` calls this for the peer's close frame, with what it said, as bytes, or with nothing; and for a violation, with
   * its code alone. We ourselves call it with a string.
   */
  override close(code?: number, reason?: string | Buffer): void {
    writeGathered()
    if (typeof reason === 'string') return super.close(code, reason)
    if (code === undefined || reason !== undefined) {
      this.#endReceiverOnce()
      super.close(code, reason)
      this.transport?.concluded(code ?? 1005, reason?.toString() ?? '')
      return
    }
    // Too many fragments are 1008 to `ws`; of a message they make one that is too big for us.
    const sent = code === 1008 ? 1009 : code
    if (this.readyState === WebSocket.OPEN) this.violation = sent
    super.close(sent)
  }

  /** `ws` ends its receiver after the close frame, and again with the socket: Node makes an error of that, for nobody. */
  #endReceiverOnce(): void {
    const { _receiver: receiver } = this as unknown as { _receiver?: Writable }
    if (receiver !== undefined) receiver.end = endOnce
  }
}
