import type { Template, TemplateComponent } from './template.js';

type Campaign = 'we_miss_you' | 'new_arrivals' | 'back_in_stock' | 'price_drop' | 'loyalty_reward';
type Variable =
  'first_name' | 'shop_name' | 'products' | 'product' | 'price' | 'old_price' | 'discount' | 'coupon_expires';

/** One entry of `whatsapp.templates` in the configuration. */
export interface TemplateSetting {
  name: string;
  language: string;
  body: Variable[] | Record<string, Variable>;
  url_button?: number;
  coupon_button?: number;
}

const FOOTER: TemplateComponent = { type: 'FOOTER', text: 'Reply STOP to opt out' };

const urlButton = (text: string) =>
  ({
    type: 'URL',
    text,
    url: 'https://shop.example/{{1}}',
    example: ['https://shop.example/product/blue-mug'],
  }) as const;

/** The body's example in Meta's two shapes, from pairs of parameter and example. */
function body(text: string, format: Template['parameter_format'], examples: Record<string, string>): TemplateComponent {
  const example =
    format === 'POSITIONAL'
      ? { body_text: [Object.values(examples)] }
      : {
          body_text_named_params: Object.entries(examples).map(([name, value]) => ({
            param_name: name,
            example: value,
          })),
        };
  return { type: 'BODY', text, example };
}

function marketing(
  name: Campaign,
  format: Template['parameter_format'],
  components: readonly TemplateComponent[],
): Template {
  return { name, language: 'en', status: 'APPROVED', category: 'MARKETING', parameter_format: format, components };
}

/** One approved marketing template in English for each campaign type; parameters are named in three and positional in two. */
export const DEFAULT_TEMPLATES: readonly Template[] = [
  marketing('we_miss_you', 'NAMED', [
    body(
      'Hi {{first_name}}, it has been a while since your last order at {{shop_name}}. Come and see what is new; we would love to have you back.',
      'NAMED',
      { first_name: 'Ana', shop_name: 'The Mug Shop' },
    ),
    FOOTER,
    { type: 'BUTTONS', buttons: [urlButton('Visit the shop')] },
  ]),
  marketing('new_arrivals', 'POSITIONAL', [
    { type: 'HEADER', format: 'TEXT', text: 'New in the shop' },
    body(
      'Hi {{1}}, we have something new in the categories you like: {{2}}. Have a look before they are gone.',
      'POSITIONAL',
      { '1': 'Ana', '2': 'Blue mug, Red mug and 3 more' },
    ),
    FOOTER,
    { type: 'BUTTONS', buttons: [urlButton('See what is new')] },
  ]),
  marketing('back_in_stock', 'NAMED', [
    body(
      'Hi {{first_name}}, good news: what you were looking for is back in stock. {{products}} can be ordered again while it lasts.',
      'NAMED',
      { first_name: 'Ana', products: 'Blue mug' },
    ),
    FOOTER,
    { type: 'BUTTONS', buttons: [urlButton('Order now')] },
  ]),
  marketing('price_drop', 'POSITIONAL', [
    body(
      'Hi {{1}}, the price has dropped: {{2}} now costs {{3}} instead of {{4}}. You looked at it not long ago.',
      'POSITIONAL',
      { '1': 'Ana', '2': 'Blue mug', '3': '$9.00', '4': '$12.00' },
    ),
    FOOTER,
    { type: 'BUTTONS', buttons: [urlButton('See the offer')] },
  ]),
  marketing('loyalty_reward', 'NAMED', [
    { type: 'HEADER', format: 'TEXT', text: 'A thank you' },
    body(
      'Hi {{first_name}}, you are one of our best customers. As a thank you here is {{discount}} off your next order, valid until {{coupon_expires}}. Copy the code below.',
      'NAMED',
      { first_name: 'Ana', discount: '15%', coupon_expires: '1 May' },
    ),
    FOOTER,
    { type: 'BUTTONS', buttons: [{ type: 'COPY_CODE', example: 'SAVE15' }, urlButton('Shop now')] },
  ]),
];

/** The entries of `whatsapp.templates` that fit `DEFAULT_TEMPLATES`. */
export const DEFAULT_TEMPLATE_SETTINGS: Record<Campaign, TemplateSetting[]> = {
  we_miss_you: [
    {
      name: 'we_miss_you',
      language: 'en',
      body: { first_name: 'first_name', shop_name: 'shop_name' },
      url_button: 0,
    },
  ],
  new_arrivals: [{ name: 'new_arrivals', language: 'en', body: ['first_name', 'products'], url_button: 0 }],
  back_in_stock: [
    {
      name: 'back_in_stock',
      language: 'en',
      body: { first_name: 'first_name', products: 'products' },
      url_button: 0,
    },
  ],
  price_drop: [
    { name: 'price_drop', language: 'en', body: ['first_name', 'product', 'price', 'old_price'], url_button: 0 },
  ],
  loyalty_reward: [
    {
      name: 'loyalty_reward',
      language: 'en',
      body: { first_name: 'first_name', discount: 'discount', coupon_expires: 'coupon_expires' },
      url_button: 1,
      coupon_button: 0,
    },
  ],
};
