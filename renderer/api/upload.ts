import { ApiError, parseErrorBody } from './errors.ts';

/** Sends one file as it is. The browser reads it from disk as it goes; fetch could not tell how far it is. */
export function putFile(url: string, file: Blob, signal: AbortSignal, progress: (sent: number) => void): Promise<void> {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    const abort = () => request.abort();
    signal.addEventListener('abort', abort);
    request.upload.onprogress = (event) => progress(event.loaded);
    request.onabort = () => reject(new DOMException('The upload was cancelled.', 'AbortError'));
    request.onerror = () => reject(new ApiError(0, { code: 'unreachable', message: 'The host cannot be reached.' }));
    request.onload = () => {
      if (request.status < 300) resolve();
      else reject(new ApiError(request.status, parseErrorBody(request.status, request.responseText)));
    };
    request.onloadend = () => signal.removeEventListener('abort', abort);
    request.open('PUT', url);
    request.setRequestHeader('content-type', 'application/octet-stream');
    request.send(file);
    if (signal.aborted) abort();
  });
}
