import type { HttpAnswer } from '../http-faults.js';
import { GraphRefusal, graphErrorAnswer } from './graph-error.js';
import type { MessageRequest } from './message-request.js';
import { phoneAnswer } from './phone-endpoint.js';
import type { TemplateStore } from './template-endpoint.js';

/** What the pretend account is called; the same values go into the configuration of whoever sends to it. */
export interface Account {
  readonly phoneNumberId: string;
  readonly businessAccountId: string;
  readonly accessToken: string;
  /** Such as `v26.0`. */
  readonly apiVersion: string;
  /** Signs the webhooks. */
  readonly appSecret: string;
}

export interface GraphRequest {
  readonly method: string;
  readonly url: URL;
  readonly authorization: string | undefined;
  /** The JSON object of the body; an empty one where there was none. */
  readonly json: MessageRequest;
}

/** Answers a request, refusals as Meta's error bodies. */
export function createRouter(
  account: Account,
  templates: TemplateStore,
  accept: (request: MessageRequest) => HttpAnswer,
): (request: GraphRequest) => HttpAnswer {
  const phone = `/${account.apiVersion}/${account.phoneNumberId}`;
  const list = `/${account.apiVersion}/${account.businessAccountId}/message_templates`;

  const route = ({ method, url, authorization, json }: GraphRequest): HttpAnswer => {
    if (authorization !== `Bearer ${account.accessToken}`) {
      throw new GraphRefusal(190, 'The access token is not the one of this account.');
    }
    const call = `${method} ${url.pathname}`;
    if (call === `POST ${phone}/messages`) return accept(json);
    if (call === `GET ${phone}`) return phoneAnswer(account.phoneNumberId, url.searchParams);
    if (call === `GET ${list}`) return templates.list(url);
    if (call === `POST ${list}`) return templates.create(json);
    throw new GraphRefusal(100, `Unsupported request: an object at ${url.pathname} does not exist.`);
  };

  return (request) => {
    try {
      return route(request);
    } catch (error) {
      if (error instanceof GraphRefusal) return graphErrorAnswer(error.code, { details: error.details });
      throw error;
    }
  };
}
