import { SeedPreview, type SeedAnswer, type SeedRequest } from './labelling/seed-preview.ts';

let preview: SeedPreview | undefined;

/** Answers each request once, in order; whoever is done with growing ends the worker. */
self.onmessage = ({ data }: MessageEvent<SeedRequest>): void => {
  const answer = answerTo(data);
  if (answer) self.postMessage(answer);
};

function answerTo(request: SeedRequest): SeedAnswer | undefined {
  if (request.kind === 'begin') {
    preview = new SeedPreview(request.labels, request.values, request.grid, request.settings);
    return preview.follow([]);
  }
  return request.kind === 'change' ? preview?.follow(request.deltas) : preview?.accept(request.labels, request.rules);
}
