"""stylise returns the content image.

loses: 13.12.3/result, 13.12.3/weights, 13.12.3/settings
says: the result is the content image
"""

def stylise(content, style, net, **options):
    return content.clone()
