CREATE TABLE `__PREFIX__reengagement_accounts` (
	`customer_id` bigint unsigned NOT NULL,
	`phone` varchar(20) CHARACTER SET ascii COLLATE ascii_bin,
	`email` varchar(191),
	`consent` tinyint(1),
	`checked_at` datetime NOT NULL,
	CONSTRAINT `pk` PRIMARY KEY(`customer_id`)
);
--> statement-breakpoint
CREATE TABLE `__PREFIX__reengagement_actions` (
	`id` bigint unsigned AUTO_INCREMENT NOT NULL,
	`hook` varchar(100) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
	`group_slug` varchar(20) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
	`args` json NOT NULL,
	`status` varchar(20) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
	`priority` tinyint unsigned NOT NULL,
	`scheduled_at` datetime(3) NOT NULL,
	`attempts` smallint unsigned NOT NULL DEFAULT 0,
	`claim_id` varchar(20) CHARACTER SET ascii COLLATE ascii_bin,
	`lease_until` datetime(3),
	`unique_key` varchar(191) CHARACTER SET ascii COLLATE ascii_bin,
	`unfinished_key` varchar(191) CHARACTER SET ascii COLLATE ascii_bin,
	`created_at` datetime(3) NOT NULL,
	`started_at` datetime(3),
	`ended_at` datetime(3),
	`reason` varchar(40) CHARACTER SET ascii COLLATE ascii_bin,
	`result` json,
	`error` text,
	`phone` varchar(20) CHARACTER SET ascii COLLATE ascii_bin,
	`history` text,
	CONSTRAINT `pk` PRIMARY KEY(`id`),
	CONSTRAINT `uq_key` UNIQUE(`unique_key`),
	CONSTRAINT `uq_unfinished` UNIQUE(`unfinished_key`)
);
--> statement-breakpoint
CREATE TABLE `__PREFIX__reengagement_consent` (
	`id` bigint unsigned AUTO_INCREMENT NOT NULL,
	`phone` varchar(20) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
	`decision` varchar(20) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
	`source` varchar(191) NOT NULL,
	`decided_at` datetime NOT NULL,
	CONSTRAINT `pk` PRIMARY KEY(`id`)
);
--> statement-breakpoint
CREATE TABLE `__PREFIX__reengagement_conversions` (
	`order_id` bigint unsigned NOT NULL,
	`log_id` bigint unsigned NOT NULL,
	`phone` varchar(20) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
	`currency` varchar(20) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
	`revenue` decimal(26,8) NOT NULL,
	`converted_at` datetime NOT NULL,
	CONSTRAINT `pk` PRIMARY KEY(`order_id`)
);
--> statement-breakpoint
CREATE TABLE `__PREFIX__customer_profiles` (
	`id` bigint unsigned AUTO_INCREMENT NOT NULL,
	`phone` varchar(20) NOT NULL,
	`wc_customer_id` bigint unsigned,
	`name` varchar(100) NOT NULL,
	`email` varchar(100),
	`last_known_address` json,
	`saved_addresses` json,
	`preferences` json,
	`tags` json,
	`total_orders` int DEFAULT 0,
	`total_spent` decimal(10,2) DEFAULT '0',
	`opt_in_marketing` tinyint(1) DEFAULT 0,
	`notification_opt_out` tinyint(1) DEFAULT 0,
	`last_interaction_at` datetime,
	`marketing_opted_at` datetime,
	`created_at` datetime NOT NULL,
	`updated_at` datetime NOT NULL,
	CONSTRAINT `pk` PRIMARY KEY(`id`),
	CONSTRAINT `phone` UNIQUE(`phone`)
);
--> statement-breakpoint
CREATE TABLE `__PREFIX__reengagement_customers` (
	`phone` varchar(20) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
	`first_name` varchar(100),
	`email` varchar(191),
	`country` varchar(20) CHARACTER SET ascii COLLATE ascii_bin,
	`language` varchar(20) CHARACTER SET ascii COLLATE ascii_bin,
	`last_paid_at` datetime,
	`paid_orders` int NOT NULL DEFAULT 0,
	`lifetime_values` json,
	`order_consent` tinyint(1),
	`account_consent` tinyint(1),
	`undeliverable_at` datetime,
	`replaced_at` datetime,
	`last_inbound_at` datetime,
	CONSTRAINT `pk` PRIMARY KEY(`phone`)
);
--> statement-breakpoint
CREATE TABLE `__PREFIX__reengagement_order_items` (
	`order_id` bigint unsigned NOT NULL,
	`product_id` bigint unsigned NOT NULL,
	`variation_id` bigint unsigned NOT NULL,
	`quantity` int NOT NULL,
	CONSTRAINT `pk` PRIMARY KEY(`order_id`,`product_id`,`variation_id`)
);
--> statement-breakpoint
CREATE TABLE `__PREFIX__reengagement_orders` (
	`order_id` bigint unsigned NOT NULL,
	`phone` varchar(20) CHARACTER SET ascii COLLATE ascii_bin,
	`person` varchar(20) CHARACTER SET ascii COLLATE ascii_bin,
	`customer_id` bigint unsigned NOT NULL,
	`email` varchar(191),
	`first_name` varchar(100),
	`country` varchar(20) CHARACTER SET ascii COLLATE ascii_bin,
	`language` varchar(20) CHARACTER SET ascii COLLATE ascii_bin,
	`status` varchar(20) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
	`currency` varchar(20) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
	`total` decimal(26,8) NOT NULL,
	`refunded` decimal(26,8) NOT NULL,
	`marketing_consent` tinyint(1),
	`created_at` datetime NOT NULL,
	`paid_at` datetime,
	`modified_at` datetime NOT NULL,
	CONSTRAINT `pk` PRIMARY KEY(`order_id`)
);
--> statement-breakpoint
CREATE TABLE `__PREFIX__product_views` (
	`id` bigint unsigned AUTO_INCREMENT NOT NULL,
	`customer_phone` varchar(20) NOT NULL,
	`product_id` bigint unsigned NOT NULL,
	`price_at_view` decimal(10,2),
	`in_stock` tinyint(1) DEFAULT 1,
	`viewed_at` datetime NOT NULL,
	`source` varchar(20) CHARACTER SET ascii COLLATE ascii_bin,
	`price_told` decimal(10,2),
	`stock_told_at` datetime,
	CONSTRAINT `pk` PRIMARY KEY(`id`)
);
--> statement-breakpoint
CREATE TABLE `__PREFIX__reengagement_products` (
	`product_id` bigint unsigned NOT NULL,
	`parent_id` bigint unsigned,
	`name` varchar(255) NOT NULL,
	`status` varchar(20) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
	`category_ids` json NOT NULL,
	CONSTRAINT `pk` PRIMARY KEY(`product_id`)
);
--> statement-breakpoint
CREATE TABLE `__PREFIX__reengagement_log` (
	`id` bigint unsigned AUTO_INCREMENT NOT NULL,
	`customer_phone` varchar(20) NOT NULL,
	`campaign_type` varchar(50) NOT NULL,
	`message_id` varchar(255),
	`status` varchar(20) DEFAULT 'sent',
	`sent_at` datetime NOT NULL,
	`converted` tinyint(1) DEFAULT 0,
	`order_id` bigint unsigned,
	`converted_at` datetime,
	`action_id` bigint unsigned,
	`claim_id` varchar(20) CHARACTER SET ascii COLLATE ascii_bin,
	`coupon_code` varchar(20) CHARACTER SET ascii COLLATE ascii_bin,
	`answered_views` json,
	`error_code` int,
	`error` varchar(255),
	CONSTRAINT `pk` PRIMARY KEY(`id`),
	CONSTRAINT `uq_action` UNIQUE(`action_id`)
);
--> statement-breakpoint
CREATE TABLE `__PREFIX__reengagement_watermarks` (
	`name` varchar(100) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
	`value` json NOT NULL,
	`updated_at` datetime(3) NOT NULL,
	CONSTRAINT `pk` PRIMARY KEY(`name`)
);
--> statement-breakpoint
CREATE INDEX `idx_phone` ON `__PREFIX__reengagement_accounts` (`phone`);--> statement-breakpoint
CREATE INDEX `idx_email` ON `__PREFIX__reengagement_accounts` (`email`);--> statement-breakpoint
CREATE INDEX `idx_phone` ON `__PREFIX__reengagement_actions` (`phone`,`id`);--> statement-breakpoint
CREATE INDEX `idx_claim` ON `__PREFIX__reengagement_actions` (`hook`,`status`,`priority`,`scheduled_at`,`id`);--> statement-breakpoint
CREATE INDEX `idx_due` ON `__PREFIX__reengagement_actions` (`status`,`scheduled_at`);--> statement-breakpoint
CREATE INDEX `idx_lease` ON `__PREFIX__reengagement_actions` (`status`,`lease_until`);--> statement-breakpoint
CREATE INDEX `idx_claim_id` ON `__PREFIX__reengagement_actions` (`claim_id`);--> statement-breakpoint
CREATE INDEX `idx_ended` ON `__PREFIX__reengagement_actions` (`status`,`ended_at`);--> statement-breakpoint
CREATE INDEX `idx_phone` ON `__PREFIX__reengagement_consent` (`phone`,`id`);--> statement-breakpoint
CREATE INDEX `idx_log` ON `__PREFIX__reengagement_conversions` (`log_id`);--> statement-breakpoint
CREATE INDEX `idx_phone` ON `__PREFIX__reengagement_conversions` (`phone`);--> statement-breakpoint
CREATE INDEX `wc_customer_id` ON `__PREFIX__customer_profiles` (`wc_customer_id`);--> statement-breakpoint
CREATE INDEX `total_orders` ON `__PREFIX__customer_profiles` (`total_orders`);--> statement-breakpoint
CREATE INDEX `total_spent` ON `__PREFIX__customer_profiles` (`total_spent`);--> statement-breakpoint
CREATE INDEX `idx_last_paid` ON `__PREFIX__reengagement_customers` (`last_paid_at`,`phone`);--> statement-breakpoint
CREATE INDEX `idx_product` ON `__PREFIX__reengagement_order_items` (`product_id`);--> statement-breakpoint
CREATE INDEX `idx_person` ON `__PREFIX__reengagement_orders` (`person`,`created_at`);--> statement-breakpoint
CREATE INDEX `idx_customer` ON `__PREFIX__reengagement_orders` (`customer_id`);--> statement-breakpoint
CREATE INDEX `idx_email` ON `__PREFIX__reengagement_orders` (`email`);--> statement-breakpoint
CREATE INDEX `idx_modified` ON `__PREFIX__reengagement_orders` (`modified_at`);--> statement-breakpoint
CREATE INDEX `idx_customer_product` ON `__PREFIX__product_views` (`customer_phone`,`product_id`);--> statement-breakpoint
CREATE INDEX `idx_product_stock` ON `__PREFIX__product_views` (`product_id`,`in_stock`);--> statement-breakpoint
CREATE INDEX `idx_viewed_at` ON `__PREFIX__product_views` (`viewed_at`);--> statement-breakpoint
CREATE INDEX `idx_source` ON `__PREFIX__product_views` (`source`,`viewed_at`);--> statement-breakpoint
CREATE INDEX `idx_waiting` ON `__PREFIX__product_views` (`in_stock`,`product_id`,`viewed_at`);--> statement-breakpoint
CREATE INDEX `idx_product_viewed` ON `__PREFIX__product_views` (`product_id`,`viewed_at`);--> statement-breakpoint
CREATE INDEX `idx_customer_phone` ON `__PREFIX__reengagement_log` (`customer_phone`);--> statement-breakpoint
CREATE INDEX `idx_campaign_type` ON `__PREFIX__reengagement_log` (`campaign_type`);--> statement-breakpoint
CREATE INDEX `idx_sent_at` ON `__PREFIX__reengagement_log` (`sent_at`);--> statement-breakpoint
CREATE INDEX `idx_message` ON `__PREFIX__reengagement_log` (`message_id`);