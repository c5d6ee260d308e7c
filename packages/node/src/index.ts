export type { Check } from './check.js'
export { asyncContext } from './context.js'
export { type Health, type HealthOptions, health } from './health.js'
export { type ProcessLoad, type ProcessLoadOptions, type ProcessReading, processLoad } from './load.js'
export type {
  FastifyResponse,
  HealthAnswer,
  HttpResponse,
  KoaContext,
  Probe,
  UwsResponse,
} from './probe.js'
export type { ShutdownReport } from './sequence.js'
export type { Closable } from './server.js'
export { type Shutdown, shutdown } from './shutdown.js'
export type { Closing, ShutdownOptions } from './shutdown-options.js'
export type { ShutdownStep, StepOutcome } from './steps.js'
