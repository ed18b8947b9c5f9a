import dimse from 'dcmjs-dimse';
import { rm } from 'node:fs/promises';
import type { Socket } from 'node:net';
import type { Writable } from 'node:stream';
import { finished } from 'node:stream/promises';
import { isTesseraError } from '../../base/errors.ts';
import type { ReceivedFiles } from '../received-files.ts';
import { IncomingFile } from './incoming-file.ts';
import { guardPdus } from './pdu-guard.ts';
import { isStorageClass } from './storage-classes.ts';

const { CStoreResponse, CEchoResponse } = dimse.responses;
const { PresentationContextResult, RejectReason, RejectResult, RejectSource, Status } = dimse.constants;
const OUT_OF_RESOURCES = 0xa700;
const NOT_WANTED = 0xa900;

export interface PeerOptions {
  readonly timeoutSeconds: number;
  /** AE title of this program: only associations that call it are taken. */
  readonly aet: string;
  /** Where files go that are stored here; without it none are taken. */
  readonly files?: ReceivedFiles;
  /** Told when a file cannot be kept. */
  readonly failed: (error: unknown) => void;
}

/**
 * One end of a DICOM association. What is stored here goes to disk as it comes, byte for byte: dcmjs-dimse itself would parse whole files and
 * write them anew, which changes them.
 */
export class ReceivingPeer extends dimse.Scp {
  private readonly options: PeerOptions;
  private failure: unknown;

  constructor(socket: Socket, options: PeerOptions) {
    const milliseconds = options.timeoutSeconds * 1000;
    super(socket, { connectTimeout: milliseconds, associationTimeout: milliseconds, pduTimeout: milliseconds });
    this.options = options;
    guardPdus(socket);
  }

  override createStoreWritableStream(context: dimse.association.PresentationContext, request: dimse.requests.CStoreRequest): Writable {
    this.failure = undefined;
    const { files } = this.options;
    const syntax = context.getAcceptedTransferSyntaxUid();
    if (files === undefined || syntax === undefined) throw new Error('a file was sent that nobody asked for');
    return new IncomingFile(files, request.getAffectedSopClassUid(), request.getAffectedSopInstanceUid(), syntax);
  }

  override createDatasetFromStoreWritableStream(
    file: Writable,
    _context: dimse.association.PresentationContext,
    done: (dataset: dimse.Dataset) => void,
  ): void {
    void this.keep(file).finally(() => done(new dimse.Dataset({})));
  }

  override associationRequested(association: dimse.association.Association): void {
    if (association.getCalledAeTitle().trim() !== this.options.aet) {
      this.sendAssociationReject(RejectResult.Permanent, RejectSource.ServiceUser, RejectReason.CalledAeNotRecognized);
      return;
    }
    for (const { context } of association.getPresentationContexts()) {
      const abstract = context.getAbstractSyntaxUid();
      const [first] = context.getTransferSyntaxUids();
      if (isStorageClass(abstract) || abstract === dimse.constants.SopClass.Verification)
        context.setResult(PresentationContextResult.Accept, first);
      else context.setResult(PresentationContextResult.RejectAbstractSyntaxNotSupported);
    }
    this.sendAssociationAccept();
  }

  override associationReleaseRequested(): void {
    this.sendAssociationReleaseResponse();
  }

  override cEchoRequest(request: dimse.requests.CEchoRequest, answer: (response: dimse.responses.CEchoResponse) => void): void {
    const response = CEchoResponse.fromRequest(request);
    response.setStatus(Status.Success);
    answer(response);
  }

  override cStoreRequest(request: dimse.requests.CStoreRequest, answer: (response: dimse.responses.CStoreResponse) => void): void {
    const response = CStoreResponse.fromRequest(request);
    const refused = isTesseraError(this.failure) && this.failure.code === 'server-failed' ? NOT_WANTED : OUT_OF_RESOURCES;
    response.setStatus(this.failure === undefined ? Status.Success : refused);
    answer(response);
    if (this.failure !== undefined) this.options.failed(this.failure);
  }

  /** Told as an event, which is listened to where the association was opened. */
  override abort(): void {
    return;
  }

  private async keep(file: Writable): Promise<void> {
    if (!(file instanceof IncomingFile)) return;
    try {
      await finished(file);
      if (file.failure !== undefined) throw file.failure;
      await this.options.files?.settle(file.path);
    } catch (error) {
      this.failure = error;
      await rm(file.path, { force: true }).catch(() => undefined);
    }
  }
}
