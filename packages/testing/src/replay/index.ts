export type { ReplayedMessage } from './client.js'
export { type Replayable, type ReplayOptions, type ReplayReport, replay } from './replay.js'
export { scenario } from './scenario.js'
export { type ToTestOptions, toTest } from './to-test.js'
