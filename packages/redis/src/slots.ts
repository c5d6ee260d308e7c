/** How many slots a cluster has. */
const SLOTS = 16_384

/** The slot of a name without braces: CRC-16/XMODEM of its bytes (Redis cluster specification, "Key distribution model"). */
export function slotOf(name: string): number {
  let crc = 0
  for (const byte of Buffer.from(name)) {
    crc ^= byte << 8
    for (let bit = 0; bit < 8; bit += 1) crc = (crc & 0x8000) === 0 ? crc << 1 : (crc << 1) ^ 0x1021
    crc &= 0xffff
  }
  return crc % SLOTS
}

/** Which master has which slots, from the answer to CLUSTER SLOTS: no addresses, since they say nothing through a NAT. */
export function layoutOf(answer: unknown): string {
  if (!Array.isArray(answer)) return ''
  return answer
    .map((range: unknown) => {
      const [from, to, master] = Array.isArray(range) ? (range as unknown[]) : []
      return `${String(from)}-${String(to)} ${Array.isArray(master) ? String(master[2]) : ''}`
    })
    .sort()
    .join('\n')
}
