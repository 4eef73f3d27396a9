"""Walmart's product pages: a drawn shell around the JSON that holds the product, and a button for its sellers."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from hawker_storefront import filler, seed
from hawker_storefront.catalogue import walmart_offers
from hawker_storefront.catalogue.walmart import Item, hex_id, item
from hawker_storefront.pages import walmart_offers as panel
from hawker_storefront.pages.render import Page, raw, render

if TYPE_CHECKING:
    from decimal import Decimal

    from markupsafe import Markup

    from hawker_storefront.catalogue.walmart_offers import Offer


def product(root: int, item_id: str) -> Page:
    """The product page of an item id."""
    return Page(_draw(root, item(root, item_id), walmart_offers.offers(root, item_id)), [truth(root, item_id)])


def offers(root: int, item_id: str) -> Page:
    """The product page again, whose rows are all sellers' offers: those of a panel that a script loads on a click."""
    return Page(product(root, item_id).text, panel.rows(root, item_id))


def sold_out(root: int, item_id: str) -> Page:
    """The product page of an item that nobody sells."""
    found = replace(item(root, item_id), in_stock=False, fulfilment=(("SHIPPING", "OUT_OF_STOCK"),))
    return Page(_draw(root, found, ()))


def _draw(root: int, found: Item, sellers: tuple[Offer, ...]) -> str:
    item_id = found.item_id
    draw = seed.stream(root, "walmart-page", item_id)
    return render(
        "walmart/product.html",
        i=found,
        slug="-".join(w for w in found.name.split() if w.isalnum()),
        styles=raw(filler.styles("wm", 8)),
        scripts=raw(filler.scripts("wm", 20)),
        nav=raw(filler.links("cp", 60, "flex")),
        footer=raw(filler.links("help", 50, "flex")),
        nonce=hex_id(draw, 16) if seed.chance(draw, 60) else None,
        hidden=seed.chance(draw, 20),
        related=[
            {
                "id": draw.randrange(10**8, 10**9),
                "name": f"Also bought & viewed {n}",
                "price": draw.randrange(200, 9000) / 100,
            }
            for n in range(12)
        ],
        data=_script(next_data(found, draw.randrange(2), sellers)),
        sellers=len(sellers),
        seller_id=walmart_offers.catalog_seller_id(found.seller),
        panel=raw(f"{panel.PANEL}?{urlencode({'variables': json.dumps({'itemId': item_id})})}"),
        delay=seed.stream(root, "walmart-delay", item_id).randrange(100, 500),
    )


def truth(root: int, item_id: str) -> dict[str, Any]:
    """What a right parser reads from the product page."""
    found = item(root, item_id)
    return {
        "item_id": found.item_id,
        "upc": found.upc,
        "name": found.name,
        "brand": found.brand,
        "price": str(found.price),
        "was_price": str(found.was_price) if found.was_price else None,
        "unit_price": _unit(found.unit_price),
        "currency": "USD",
        "availability": _availability(in_stock=found.in_stock),
        "seller": found.seller,
        "seller_type": found.seller_type,
        "fulfillment": _delivered_by(found),
        "fulfillment_options": dict(found.fulfilment),
        "rating": found.rating,
        "review_count": found.reviews if found.rating is not None else 0,
        "variants": [
            {
                "item_id": v.item_id,
                "options": {"Color": v.colour, "Clothing Size": v.size},
                "price": str(v.price),
                "availability": _availability(in_stock=v.in_stock),
            }
            for v in found.variants
        ],
        "specs": dict(found.specs),
        "images": list(found.images),
        "category": list(found.categories),
    }


def next_data(found: Item, era: int, sellers: tuple[Offer, ...]) -> dict[str, Any]:
    """The page's `__NEXT_DATA__`: the product, its description and its reviews. `era` 0 is 2024, 1 is 2026."""
    trail = {"isBot": False, "traceparents": {}} if era else {"customServer": True}
    return {
        "props": {
            "pageProps": {
                "initialData": {
                    "data": {
                        "contentLayout": {"modules": [{"name": "ItemPageModule", "type": "BuyBox"}] * 8, "layouts": []},
                        "seoItemMetaData": {"metaTitle": f"{found.name} - Walmart.com", "noIndex": False},
                        "product": _product(found, sellers),
                        "idml": _idml(found),
                        "reviews": _reviews(found),
                    },
                    "headers": {},
                },
                **trail,
                "bootstrapData": {
                    "cv": {"header": {"_all_": {"enabled": True}}, "item": {"flags": [f"flag{n}" for n in range(400)]}}
                },
            }
        },
        "page": "/ip/[...itemParams]",
        "query": {"itemParams": ["x", found.item_id]},
        "buildId": "production_20250712T185724841Z-en-US",
        "isFallback": False,
        "locale": "en",
    }


def _availability(*, in_stock: bool) -> str:
    return "IN_STOCK" if in_stock else "OUT_OF_STOCK"


def _delivered_by(found: Item) -> str:
    """Who delivers: a warehouse of Walmart's or the seller himself."""
    return "MARKETPLACE" if found.seller_type == "EXTERNAL" and not found.wfs else "FC"


def _unit(price: Decimal | None) -> str | None:
    return f"${price}/ea" if price else None


def _money(value: Decimal) -> int | float:
    """JSON's number for a price: an integer where it has no cents, as on the shop's pages."""
    return int(value) if value == value.to_integral() else float(value)


def _price(value: Decimal | None, prefix: str = "") -> dict[str, Any] | None:
    if value is None:
        return None
    text = f"${value:,.2f}"
    return {
        "price": _money(value), "priceString": text, "variantPriceString": text,
        "currencyUnit": "USD", "bestValue": None, "priceDisplay": prefix + text,
    }  # fmt: skip


def _price_info(price: Decimal, was: Decimal | None, unit: Decimal | None) -> dict[str, Any]:
    return {
        "priceDisplayCodes": {"clearance": None, "reducedPrice": True if was else None, "rollback": None},
        "currentPrice": _price(price, "Now " if was else ""),
        "wasPrice": _price(was),
        "comparisonPrice": None,
        "unitPrice": {"price": _money(unit), "priceString": _unit(unit), "currencyUnit": "USD"} if unit else None,
        "savingsAmount": {"amount": _money(was - price), "priceString": f"SAVE ${was - price}"} if was else None,
        "isPriceReduced": was is not None,
        "priceRange": {"minPrice": None, "maxPrice": None, "priceString": None},
        "listPrice": None,
        "subscriptionPrice": None,
        "shipPrice": None,
    }


def _product(found: Item, sellers: tuple[Offer, ...]) -> dict[str, Any]:
    featured = next((offer for offer in sellers if offer.featured), None)
    policy = featured.returns if featured else None
    status = _availability(in_stock=found.in_stock)
    return {
        "__typename": "Product",
        "availabilityStatus": status,
        "availabilityStatusV2": {"display": status.replace("_", " ").capitalize(), "value": status},
        "averageRating": found.rating,
        "brand": found.brand,
        "brandUrl": f"/search?q={found.brand}",
        "badges": {"flags": [], "labels": None, "tags": []},
        "canonicalUrl": f"/ip/{found.item_id}",
        "category": {
            "categoryPathId": "0:5438:133162:3074670",
            "path": [{"name": c, "url": f"/cp/{n}"} for n, c in enumerate(found.categories)],
        },
        "classType": "VARIANT" if found.variants else "REGULAR",
        "conditionType": "New",
        "fulfillmentType": _delivered_by(found),
        "fulfillmentOptions": [
            {
                "__typename": f"{kind.capitalize()}OptionV2",
                "type": kind,
                "availabilityStatus": state,
                "selected": kind == "SHIPPING",
                "availableQuantity": None,
                "locationText": "Springfield, 00000",
            }
            for kind, state in found.fulfilment
        ],
        "fulfillmentLabel": [{"message": walmart_offers.message(featured), "fulfillmentMethod": "SHIPPING"}]
        if featured
        else [],
        "id": found.product_id,
        "imageInfo": {
            "allImages": [{"id": f"{n}", "url": url, "zoomable": True} for n, url in enumerate(found.images)],
            "thumbnailUrl": found.images[0],
        },
        "manufacturerProductId": None,
        "model": found.specs[3][1],
        "name": found.name,
        "numberOfReviews": found.reviews if found.rating is not None else 0,
        "offerId": found.product_id[::-1],
        "offerType": "ONLINE_ONLY",
        "priceInfo": _price_info(found.price, found.was_price, found.unit_price),
        "secondaryOfferPrice": {"currentPrice": {"priceType": None, "priceString": "$3.10", "price": 3.1}},
        "sellerId": found.seller_id,
        "sellerName": found.seller,
        "sellerDisplayName": found.seller,
        "sellerType": found.seller_type,
        "catalogSellerId": int(walmart_offers.catalog_seller_id(found.seller)),
        "transactableOfferCount": len(sellers),
        "returnPolicy": {"returnable": policy != "Not returnable", "returnPolicyText": policy} if policy else None,
        "shippingOption": {"availabilityStatus": "AVAILABLE" if found.in_stock else "NOT_AVAILABLE", "shipPrice": None},
        "pickupOption": {"availabilityStatus": None, "storeId": None},
        "shortDescription": f"<p>{found.description}</p>",
        "type": found.categories[-1],
        "upc": found.upc,
        "usItemId": found.item_id,
        "wfsEnabled": found.wfs,
        "selectedVariantIds": [_colour(found.variants[0].colour), _size(found.variants[0].size)]
        if found.variants
        else [],
        "variantCriteria": _criteria(found),
        "variantProductIdMap": {f"{_colour(v.colour)}-{_size(v.size)}": v.product_id for v in found.variants},
        "variants": [],
        "variantsMap": {v.product_id: _variant(v, found) for v in found.variants},
    }


def _colour(name: str) -> str:
    return "actual_color-" + name.lower().replace(" ", "")


def _size(name: str) -> str:
    return "clothing_size-" + name.lower()


def _criteria(found: Item) -> list[dict[str, Any]]:
    if not found.variants:
        return []
    colours = dict.fromkeys(v.colour for v in found.variants)
    sizes = dict.fromkeys(v.size for v in found.variants)
    return [
        {
            "id": "actual_color", "name": "Color", "type": "SWATCH",
            "variantList": [{"id": _colour(c), "name": c, "availabilityStatus": "AVAILABLE"} for c in colours],
        },
        {
            "id": "clothing_size", "name": "Clothing Size", "type": "TILE",
            "variantList": [{"id": _size(s), "name": s, "availabilityStatus": "AVAILABLE"} for s in sizes],
        },
    ]  # fmt: skip


def _variant(variant: Any, found: Item) -> dict[str, Any]:
    return {
        "availabilityStatus": _availability(in_stock=variant.in_stock),
        "id": variant.product_id,
        "usItemId": variant.item_id,
        "variants": [_colour(variant.colour), _size(variant.size)],
        "imageInfo": {"allImages": [{"id": "0", "url": found.images[0], "zoomable": True}]},
        "priceInfo": _price_info(variant.price, None, None),
        "productUrl": f"/ip/{variant.item_id}",
        "buyBoxSuppression": False,
    }


def _idml(found: Item) -> dict[str, Any]:
    return {
        "longDescription": f"<ul><li>{found.description}</li></ul>",
        "shortDescription": found.description,
        "productHighlights": [{"name": n, "value": v, "iconURL": None} for n, v in found.specs[:2]],
        "specifications": [{"name": n, "value": v} for n, v in found.specs],
        "warranty": None,
        "videos": [],
    }


def _reviews(found: Item) -> dict[str, Any]:
    return {
        "averageOverallRating": found.rating,
        "totalReviewCount": found.reviews if found.rating is not None else 0,
        "reviewsWithTextCount": found.reviews // 2,
        "customerReviews": [
            {"reviewId": str(10_000 + n), "rating": 1 + n % 5, "reviewText": found.description, "userNickname": None}
            for n in range(5)
        ],
    }


def _script(data: dict[str, Any]) -> Markup:
    return raw(json.dumps(data, separators=(",", ":"), ensure_ascii=False).replace("</", "<\\/"))
