import type { BrokerSupports } from './host.js'
import type { BrokerStage } from './stage.js'

/** One thing that every broker does. */
export interface BrokerBehaviour {
  readonly name: string
  readonly needs?: readonly (keyof BrokerSupports)[]
  run(stage: BrokerStage): Promise<void>
}

/** Behaviours that belong together. */
export interface BrokerChapter {
  readonly title: string
  readonly behaviours: readonly BrokerBehaviour[]
}

/** A name that nothing else has: engines outlive a test. */
export function fresh(): string {
  return Buffer.from(crypto.getRandomValues(new Uint8Array(12))).toString('base64url')
}

/** A channel of a topic, as the core names them. */
export function channelOf(topic: string = fresh(), app = 'linkspan'): string {
  return `${app}.topic.~.${topic}`
}

/** '0', '1' and so on. */
export function numbers(count: number): readonly string[] {
  return Array.from({ length: count }, (_, index) => String(index))
}
