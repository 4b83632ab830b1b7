# SPDX-License-Identifier: MIT
"""The requests that are sent, of each kind as many as asked for."""

import random
import uuid

from rig import BASE

PRODUCTS = '/api/v1/products'
# A visitor whose answers do not come from nginx's cache.
VISITOR = {'Cookie': 'visitor=1'}
# Users 2..1000 have a cart of three lines, 1001..2000 fill theirs, the rest
# buys.
VIEWERS, FILLERS, BUYERS = (2, 1000), (1001, 2000), (2001, 4000)


class Maker:
    def __init__(self, shop, seed):
        self.shop = shop
        self.rng = random.Random(seed)

    def make(self, kind, n):
        one = getattr(self, kind)
        return [one(i) for i in range(n)]

    def product_number(self):
        """A product that is not short of stock."""
        n = self.rng.randrange(1, self.shop.products + 1)
        return n if n % 25 else n - 1

    def variant(self):
        return BASE + 3 * self.product_number() - self.rng.randrange(3)

    def user(self, group, i):
        first, last = group
        return first + i % (last - first + 1)

    def signed(self, user):
        return {'Authorization': 'Bearer ' + self.shop.token(user)}

    # ---- reads

    def alone(self, i):
        return 'GET', '/alone', {}, None

    def product(self, i):
        return 'GET', '%s/%d' % (PRODUCTS, BASE + self.product_number()), \
            VISITOR, None

    def cached(self, i):
        """Of a hundred that everybody looks at."""
        return 'GET', '%s/%d' % (PRODUCTS, BASE + 1 + i % 100), {}, None

    def list(self, i):
        return 'GET', '%s?limit=20&after=%d' % (
            PRODUCTS, BASE + self.rng.randrange(self.shop.products - 20)), \
            VISITOR, None

    def first_page(self, i):
        return 'GET', PRODUCTS + '?limit=20', VISITOR, None

    def search(self, i):
        """A colour, a material and a thing: one of 8,000 combinations."""
        words = [self.rng.choice(w) for w in (
            ('red', 'blue', 'amber', 'ivory', 'teal', 'jade'),
            ('oak', 'steel', 'linen', 'glass', 'brass', 'silk'),
            ('kettle', 'lamp', 'chair', 'bowl', 'clock', 'rug'))]
        return 'GET', '%s?q=%s' % (PRODUCTS, '+'.join(words)), VISITOR, None

    def category(self, i):
        return 'GET', '%s?category_id=%d' % (
            PRODUCTS, BASE + 11 + self.rng.randrange(90)), VISITOR, None

    def filtered(self, i):
        low = self.rng.randrange(100, 40000)
        return 'GET', '%s?attr.color=%s&min_price_cents=%d&' \
            'max_price_cents=%d&in_stock=true&sort=price' % (
                PRODUCTS, self.rng.choice(('red', 'blue', 'teal')), low,
                low + 5000), VISITOR, None

    def cart(self, i):
        return 'GET', '/api/v1/cart', self.signed(self.user(VIEWERS, i)), None

    def own_orders(self, i):
        return 'GET', '/api/v1/orders', \
            self.signed(self.user((2, self.shop.signed_in), i * 7)), None

    # ---- writes

    def add(self, i):
        """Five products at most in each cart."""
        user = self.user(FILLERS, i)
        number = 1 + (user * 7 + i // 1000 % 5 * 31) % self.shop.products
        number -= number % 25 == 0
        return 'POST', '/api/v1/cart/items', self.signed(user), \
            {'variant_id': BASE + 3 * number, 'quantity': 1}

    def keyed(self, user):
        return dict(self.signed(user), **{
            'Idempotency-Key': str(uuid.UUID(int=self.rng.getrandbits(128))),
            'X-User-Id': str(BASE + user)})

    def order(self, i):
        return 'POST', '/api/v1/orders', self.keyed(self.user(BUYERS, i)), {
            'items': [{'variant_id': v, 'quantity': 1 + v % 3}
                      for v in {self.variant(): 0, self.variant(): 0,
                                self.variant(): 0}],
            'delivery_address': '1 Main Street, Springfield'}

    def hot(self, i):
        return 'POST', '/api/v1/orders', self.keyed(self.user(BUYERS, i)), {
            'items': [{'variant_id': BASE + 1, 'quantity': 1}],
            'delivery_address': '1 Main Street, Springfield'}

    def checkout(self, i):
        """In turns of 500: a line for each user's cart, another, a third,
        and the order."""
        user = BUYERS[0] + i % 500
        if i // 500 % 4 < 3:
            return 'POST', '/api/v1/cart/items', self.signed(user), \
                {'variant_id': self.variant(), 'quantity': 1}
        return 'POST', '/api/v1/orders', self.keyed(user), \
            {'delivery_address': '1 Main Street, Springfield'}

    def login(self, i):
        n = self.rng.randrange(1001, 4001)
        return 'POST', '/api/v1/auth/login', {}, {
            'email': 'bench%d@example.com' % n,
            'password': 'correct-horse-bench'}
