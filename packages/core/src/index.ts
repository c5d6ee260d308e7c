export type { TopicAction, TopicCheck, TopicPolicy } from './access.js'
export { type AdaptiveOptions, adaptive } from './adaptive.js'
export { type AnswerHeaders, headerLines } from './answer-headers.js'
export { Linkspan, linkspan, type Resource, type Scope, type Whom } from './app.js'
export { type Attachment, Served } from './attachment.js'
export { backoff, spread } from './backoff.js'
export { CloseCode, type ClosedBy, type CloseInfo } from './close.js'
export { shortChannel } from './cluster/channel.js'
export type { ClusterOptions, ResolvedClusterOptions } from './cluster/options.js'
export type { Presence } from './cluster/presence.js'
export type {
  PresenceEvent,
  PresenceListener,
  PresenceMember,
  PresentConnection,
} from './cluster/presence-room.js'
export type { ClusterAnswer } from './cluster/questions.js'
export type { NodeInfo } from './cluster/roster.js'
export type { Connection, Sendable } from './connection.js'
export { Deferred } from './deferred.js'
export type { DrainOptions, DrainReport } from './drain.js'
export type { Effect } from './effect.js'
export { type Culprit, ERROR_CODES, type ErrorCode, LinkspanError, toError } from './errors.js'
export type { Event, Timer } from './event.js'
export type { Early, Events } from './events.js'
export type { Authenticated, Identity, IdentityOf } from './identity.js'
export { Log, wordless } from './log.js'
export type { LogEvent, LogLevel, LogOptions, ResolvedLogOptions } from './log-options.js'
export { type MemoryBroker, memoryBroker } from './memory-broker.js'
export { Message } from './message.js'
export type { End, Handled, Merge, MessageMiddleware, Middleware, Next } from './middleware.js'
export { named } from './named.js'
export { badOption, MAX_DELAY, oneOf, whole } from './option-checks.js'
export type { LinkspanOptions, Overflow, ResolvedOptions } from './options.js'
export type { OriginCheck, OriginPolicy } from './origin.js'
export type { SendResult } from './outbox.js'
export { type Heartbeat, type HeartbeatOptions, type HeartbeatPolicy, type Line, paces } from './pace.js'
export { Pauses } from './pauses.js'
export { type Pipeline, pipeline } from './pipeline.js'
export type { Broker, BrokerLink, BrokerSink, BrokerStatus } from './ports/broker.js'
export type { Bus, BusStatus } from './ports/bus.js'
export { type Clock, systemClock } from './ports/clock.js'
export type { AsyncContext, RunInContext } from './ports/context.js'
export { consoleLogger, type Logger } from './ports/logger.js'
export type {
  AroundMessage,
  ConnectionEvent,
  Observer,
  Outcome,
  Publication,
  Step,
  Watcher,
} from './ports/observer.js'
export type { SaveOptions, SaveResult, SessionStore, StoredSession } from './ports/store.js'
export {
  type Handshake,
  type Payload,
  ProtocolViolation,
  type Transport,
  type TransportSendResult,
  type TransportSink,
  type Upgrade,
} from './ports/transport.js'
export type { Closing, EndCause, Entry } from './recorder/entry.js'
export { Explanation } from './recorder/explanation.js'
export { type FlightRecorderOptions, flightRecorder } from './recorder/flight-recorder.js'
export type { FlightRecorder } from './recorder/recorder.js'
export type { Recording } from './recorder/recording.js'
export type { TimelineEntry } from './recorder/timeline.js'
export type { Unexplained } from './recorder/unexplained.js'
export type { ConnectionQuery, Connections } from './registry.js'
export { type HttpRefusal, httpRefusal, Rejection, type RejectionInit, reasonPhrase } from './rejection.js'
export { HandshakeRequest, type HandshakeRequestInit } from './request.js'
export { shareHeaders } from './share-headers.js'
export { shown } from './shown.js'
export type { LifecycleState, State } from './state.js'
export type { BrokerTotals, Stats } from './stats.js'
export type { Audience } from './topics.js'
export { begin, transition } from './transition.js'
export { checkUpgrade, type RawUpgrade, upgradeRequired } from './upgrade.js'
export { within } from './within.js'
