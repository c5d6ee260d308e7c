export { type AddressFilterOptions, filterAddresses } from './address-filter.js'
export { type AddressGroupOptions, addressGroup } from './address-group.js'
export { type Alert, type AlertOptions, alerts } from './alerts.js'
export {
  type CircuitBreaker,
  type CircuitBreakerChange,
  type CircuitBreakerStats,
  circuitBreaker,
} from './circuit-breaker.js'
export type { CircuitBreakerState } from './circuit-breaker-circuit.js'
export type { CircuitBreakerOptions } from './circuit-breaker-options.js'
export {
  type ConnectionLimiter,
  type ConnectionLimitOptions,
  type ConnectionLimitStats,
  type CountQuery,
  limitConnections,
} from './connection-limit.js'
export type { Load, LoadSource } from './load.js'
export {
  type LoadShedder,
  type LoadSheddingOptions,
  type LoadSheddingStats,
  loadShedding,
  type Shedding,
} from './load-shedding.js'
export { type RateLimit, rateLimit } from './rate-limit.js'
export type { RateLimitQuota } from './rate-limit-bucket.js'
export type { RateLimitKey } from './rate-limit-key.js'
export type { OverLimit } from './rate-limit-messages.js'
export type { RateLimitEvent, RateLimitOptions, RateLimitStats } from './rate-limit-options.js'
export { redisRateStore } from './rate-limit-redis.js'
export type { RateLimitStore, SharedLimiter } from './rate-limit-store.js'
