/** What of a client of kafkajs is needed to be rid of it. */
interface Connection {
  disconnect(): Promise<void>
}

/**
 * Disconnects a client, also one that is still connecting: what comes up after it was told to go is ended again. Settles
 * when nothing is left, and never rejects.
 */
export async function ending(client: Connection, begun: Promise<unknown>): Promise<void> {
  await client.disconnect().catch(() => {})
  await begun.catch(() => {})
  await client.disconnect().catch(() => {})
}
