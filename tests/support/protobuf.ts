/** One message of protobuf's wire format (protobuf.dev/programming-guides/encoding), by field numbers. */
export class Fields {
  readonly #found = new Map<number, (bigint | Uint8Array)[]>()
  readonly #bytes: Uint8Array
  #at = 0

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes
    while (this.#at < bytes.byteLength) {
      const tag = Number(this.#varint())
      const field = tag >>> 3
      const values = this.#found.get(field) ?? []
      values.push(this.#value(tag & 7))
      this.#found.set(field, values)
    }
  }

  has(field: number): boolean {
    return this.#found.has(field)
  }

  /** The messages within, of a field that may be repeated. */
  messages(field: number): Fields[] {
    return (this.#found.get(field) ?? []).map((value) => new Fields(bytesOf(value)))
  }

  text(field: number): string {
    return new TextDecoder('utf-8', { fatal: true }).decode(this.#last(field))
  }

  hex(field: number): string {
    return Buffer.from(this.#last(field)).toString('hex')
  }

  /** A varint that is not negative; 0 where there is none. */
  number(field: number): number {
    const value = this.#found.get(field)?.at(-1) ?? 0n
    if (typeof value !== 'bigint') throw new Error(`field ${field} is no varint`)
    return Number(value)
  }

  fixed64(field: number): bigint {
    return viewOf(this.#last(field)).getBigUint64(0, true)
  }

  double(field: number): number {
    return viewOf(this.#last(field)).getFloat64(0, true)
  }

  #last(field: number): Uint8Array {
    return bytesOf(this.#found.get(field)?.at(-1) ?? new Uint8Array(0))
  }

  #value(wireType: number): bigint | Uint8Array {
    switch (wireType) {
      case 0:
        return this.#varint()
      case 1:
        return this.#take(8)
      case 2:
        return this.#take(Number(this.#varint()))
      case 5:
        return this.#take(4)
      default:
        throw new Error(`there is no wire type ${wireType}`)
    }
  }

  #varint(): bigint {
    let value = 0n
    for (let shift = 0n; ; shift += 7n) {
      const [byte = 0] = this.#take(1)
      value |= BigInt(byte & 127) << shift
      if (byte < 128) return value
    }
  }

  #take(length: number): Uint8Array {
    const taken = this.#bytes.subarray(this.#at, this.#at + length)
    if (taken.byteLength < length) throw new Error('the message ends within a field')
    this.#at += length
    return taken
  }
}

function bytesOf(value: bigint | Uint8Array): Uint8Array {
  if (typeof value === 'bigint') throw new Error('a varint is no message')
  return value
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
}
