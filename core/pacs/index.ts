// What other rooms use of this one.
export { Secret, type Credentials } from './secret.ts';
export {
  answeredTags,
  checkTarget,
  type FilterKeyword,
  type PacsAnswer,
  type PacsMatch,
  type PacsQuery,
  type PacsTarget,
  type QueryLevel,
} from './query.ts';
export { outgoingFiles, type NotSent, type OutgoingFile, type Sent } from './outgoing-files.ts';
export { seriesFolder, type Received } from './received-files.ts';
export { checkSecrecy, webServerUrl, type TlsOptions, type WebServer } from './web/server.ts';
export { webEcho, webFind } from './web/find.ts';
export { webGet } from './web/get.ts';
export { webSend } from './web/send.ts';
export { checkAeTitle, type DimseServer } from './dimse/server.ts';
export { runDimse } from './dimse/run.ts';
export type { DimseJob, DimseResults } from './dimse/job.ts';
