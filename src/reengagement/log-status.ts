/** What stands in reengagement_log's status column; the documented ones are those that Meta's receipts name. */
export const LOG_STATUSES = ['reserved', 'sending', 'sent', 'delivered', 'read', 'failed', 'unknown'] as const;

export type LogStatus = (typeof LOG_STATUSES)[number];
